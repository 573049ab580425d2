-- SPDX-License-Identifier: Apache-2.0
-- lane: list
-- parameters: account_id bigint, after_seq bigint, size bigint, application_id bigint, collection text, from_us bigint, to_us bigint,
--   most bigint, with_erasures boolean
-- columns: account_seq bigint, leaf_index bigint, previous bytea, facts jsonb, held jsonb, erased jsonb
-- The changes of an account in the order of their places, behind one and below the size of a checkpoint: the facts as they are frozen, and the
-- values with their salts as far as they were not erased; `erased` names the others (NULL: none). A filter that is NULL (a number: 0) is
-- none. With erasures: whatever the filter is, since these say why values are not there.
-- Leaves are walked in their order and the rest is looked up for each: a join of everything that is left, for each page anew, would take the
-- square of the time (and PostgreSQL would choose it, since it thinks such joins find a row or two). Hence OFFSET 0.
SELECT leaf.account_seq, leaf.leaf_index, before.leaf AS previous,
    hallmark.history_facts(found.change) AS facts, hallmark.history_held(kept.value) AS held, hallmark.history_lost(found.change, kept.value) AS erased
FROM (
    SELECT * FROM hallmark.history_leaf WHERE account_id = $1 AND account_seq > $2 AND leaf_index < $3 ORDER BY account_seq OFFSET 0
) AS leaf
CROSS JOIN LATERAL (
    SELECT change FROM hallmark.change_history AS change
    WHERE change.account_id = leaf.account_id AND change.id = leaf.history_id AND change.at = leaf.at
        AND ((nullif($4::bigint, 0) IS NULL OR change.application_id = $4)
            AND ($5::text IS NULL OR change.collection = $5)
            AND change.at >= hallmark.moment(coalesce($6::bigint, 0))
            AND change.at < hallmark.moment(coalesce($7::bigint, 253402300800000000)) -- the year 10000
            OR $9 AND change.collection_id = hallmark.history_noun('erasures'))
    OFFSET 0
) AS found
LEFT JOIN LATERAL (
    SELECT earlier.leaf FROM hallmark.history_leaf AS earlier
    WHERE earlier.account_id = leaf.account_id AND earlier.account_seq = leaf.account_seq - 1
    OFFSET 0
) AS before ON true
LEFT JOIN LATERAL (
    SELECT value FROM hallmark.history_value AS value
    WHERE value.account_id = leaf.account_id AND value.history_id = leaf.history_id AND value.at = leaf.at
    OFFSET 0
) AS kept ON true
ORDER BY leaf.account_seq
LIMIT $8
