-- SPDX-License-Identifier: Apache-2.0
-- lane: list
-- parameters: after_account bigint, after_seq bigint, size bigint, from_us bigint, to_us bigint, most bigint
-- columns: account_seq bigint, leaf_index bigint, previous bytea, facts jsonb, held jsonb, erased jsonb, account_id bigint
-- The changes of a month, of all accounts, in the order of account and place, behind one and below the size of a checkpoint; and the erasures
-- of their accounts, whenever they were, since these say why values are not there.
-- Leaves are walked in their order and the rest is looked up for each, as in export_page; hence OFFSET 0.
SELECT leaf.account_seq, leaf.leaf_index, before.leaf AS previous,
    hallmark.history_facts(found.change) AS facts, hallmark.history_held(kept.value) AS held,
    hallmark.history_lost(found.change, kept.value) AS erased, leaf.account_id
FROM (
    SELECT *, at >= hallmark.moment($4) AND at < hallmark.moment($5) AS is_of_month
    FROM hallmark.history_leaf
    WHERE (account_id, account_seq) > ($1, $2) AND leaf_index < $3
        AND (at >= hallmark.moment($4) AND at < hallmark.moment($5) OR account_id IN (SELECT account_id FROM hallmark.erasure))
    ORDER BY account_id, account_seq
    OFFSET 0
) AS leaf
CROSS JOIN LATERAL (
    SELECT change FROM hallmark.change_history AS change
    WHERE change.account_id = leaf.account_id AND change.id = leaf.history_id AND change.at = leaf.at
        AND (leaf.is_of_month OR change.collection_id = hallmark.history_noun('erasures'))
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
ORDER BY leaf.account_id, leaf.account_seq
LIMIT $6
