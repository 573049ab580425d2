-- SPDX-License-Identifier: Apache-2.0
-- lane: list
-- parameters: account_id bigint, after_seq bigint, size bigint, application_id bigint, collection text, from_us bigint, to_us bigint,
--   most bigint, with_erasures boolean
-- columns: account_seq bigint, leaf_index bigint, previous bytea, facts jsonb, held jsonb, erased jsonb
-- The changes of an account in the order of their places, behind one and below the size of a checkpoint: the facts as they are frozen, and the
-- values with their salts as far as they were not erased; `erased` names the others (NULL: none). A filter that is NULL (a number: 0) is
-- none. With erasures: whatever the filter is, since these say why values are not there.
SELECT leaf.account_seq, leaf.leaf_index, before.leaf AS previous,
    hallmark.history_facts(change) AS facts, hallmark.history_held(value) AS held, hallmark.history_lost(change, value) AS erased
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
