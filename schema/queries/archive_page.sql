-- SPDX-License-Identifier: Apache-2.0
-- lane: list
-- parameters: after_account bigint, after_seq bigint, size bigint, from_us bigint, to_us bigint, most bigint
-- columns: account_seq bigint, leaf_index bigint, previous bytea, facts jsonb, held jsonb, erased jsonb, account_id bigint
-- The changes of a month, of all accounts, in the order of account and place, behind one and below the size of a checkpoint; and the erasures
-- of their accounts, whenever they were, since these say why values are not there.
SELECT leaf.account_seq, leaf.leaf_index, before.leaf AS previous,
    hallmark.history_facts(change) AS facts, hallmark.history_held(value) AS held, hallmark.history_lost(change, value) AS erased, leaf.account_id
FROM hallmark.history_leaf AS leaf
JOIN hallmark.change_history AS change ON change.account_id = leaf.account_id AND change.id = leaf.history_id AND change.at = leaf.at
LEFT JOIN hallmark.history_leaf AS before ON before.account_id = leaf.account_id AND before.account_seq = leaf.account_seq - 1
LEFT JOIN hallmark.history_value AS value ON value.account_id = leaf.account_id AND value.history_id = leaf.history_id AND value.at = leaf.at
WHERE (leaf.account_id, leaf.account_seq) > ($1, $2) AND leaf.leaf_index < $3
    AND (leaf.at >= hallmark.moment($4) AND leaf.at < hallmark.moment($5)
        OR leaf.account_id IN (SELECT account_id FROM hallmark.erasure) AND change.collection_id = hallmark.history_noun('erasures'))
ORDER BY leaf.account_id, leaf.account_seq
LIMIT $6
