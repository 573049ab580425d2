-- SPDX-License-Identifier: Apache-2.0
-- lane: list
-- parameters: account_id bigint, after_seq bigint, size bigint, application_id bigint, collection text, from_us bigint, to_us bigint,
--   most bigint, with_erasures boolean
-- columns: account_seq bigint, leaf_index bigint, previous bytea, facts jsonb, held jsonb, erased jsonb
-- The changes of an account in the order of their places, behind one and below the size of a checkpoint: the facts as they are frozen, and the
-- values with their salts as far as they were not erased; `erased` names the others (NULL: none). A filter that is NULL (a number: 0) is
-- none. With erasures: whatever the filter is, since these say why values are not there.
SELECT leaf.account_seq, leaf.leaf_index, before.leaf AS previous,
    jsonb_build_object('account_id', change.account_id, 'id', change.id, 'at', hallmark.microseconds(change.at),
        'application_id', change.application_id, 'application_name', change.application_name, 'client_id', change.client_id,
        'key_name', change.key_name, 'holder_id', change.holder_id, 'user_id', change.user_id, 'token_jti', change.token_jti,
        'method', change.method, 'collection_id', change.collection_id, 'collection', change.collection, 'record_id', change.record_id,
        'external_references', change.external_references, 'version', change.version, 'request_id', change.request_id,
        'before_digest', encode(change.before_digest, 'hex'), 'after_digest', encode(change.after_digest, 'hex'),
        'person_digest', encode(change.person_digest, 'hex'), 'address_digest', encode(change.address_digest, 'hex')) AS facts,
    jsonb_strip_nulls(jsonb_build_object('before', value.before, 'before_salt', encode(value.before_salt, 'hex'),
        'after', value.after, 'after_salt', encode(value.after_salt, 'hex'), 'person', value.person,
        'person_salt', encode(value.person_salt, 'hex'), 'address', value.address, 'address_salt', encode(value.address_salt, 'hex'))) AS held,
    CASE WHEN num_nonnulls(change.before_digest, change.after_digest, change.person_digest, change.address_digest)
            > num_nonnulls(value.before, value.after, value.person, value.address) THEN
        to_jsonb(array_remove(ARRAY[CASE WHEN change.before_digest IS NOT NULL AND value.before IS NULL THEN 'before' END,
            CASE WHEN change.after_digest IS NOT NULL AND value.after IS NULL THEN 'after' END,
            CASE WHEN change.person_digest IS NOT NULL AND value.person IS NULL THEN 'person' END,
            CASE WHEN change.address_digest IS NOT NULL AND value.address IS NULL THEN 'address' END], NULL))
    END AS erased
FROM hallmark.history_leaf AS leaf
JOIN hallmark.change_history AS change ON change.account_id = leaf.account_id AND change.id = leaf.history_id AND change.at = leaf.at
LEFT JOIN hallmark.history_leaf AS before ON before.account_id = leaf.account_id AND before.account_seq = leaf.account_seq - 1
LEFT JOIN hallmark.history_value AS value ON value.account_id = leaf.account_id AND value.history_id = leaf.history_id AND value.at = leaf.at
WHERE leaf.account_id = $1 AND leaf.account_seq > $2 AND leaf.leaf_index < $3
    AND ((nullif($4::bigint, 0) IS NULL OR change.application_id = $4)
        AND ($5::text IS NULL OR change.collection = $5)
        AND change.at >= hallmark.moment(coalesce($6::bigint, 0))
        AND change.at < hallmark.moment(coalesce($7::bigint, 253402300800000000)) -- the year 10000
        OR $9 AND change.collection_id = hallmark.history_noun('erasures'))
ORDER BY leaf.account_seq
LIMIT $8
