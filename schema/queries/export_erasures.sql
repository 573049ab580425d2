-- SPDX-License-Identifier: Apache-2.0
-- lane: list
-- parameters: account_id bigint, size bigint
-- columns: uncovered bigint
-- How many erasures of the account a checkpoint of this size does not cover: what they took is not there, and cannot be explained yet.
SELECT count(*) AS uncovered
FROM hallmark.change_history AS change
WHERE account_id = $1 AND collection_id = hallmark.history_noun('erasures') AND NOT EXISTS (
    SELECT FROM hallmark.history_leaf AS leaf WHERE leaf.account_id = $1 AND leaf.history_id = change.id AND leaf.leaf_index < $2)
