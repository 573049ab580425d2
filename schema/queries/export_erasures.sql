-- SPDX-License-Identifier: Apache-2.0
-- lane: list
-- parameters: account_id bigint, size bigint
-- columns: erasures bigint, archives bigint
-- How many erasures and archives of an account (NULL: of all) a checkpoint of this size does not cover: what they took is not there, and
-- cannot be explained yet.
SELECT count(*) FILTER (WHERE collection_id = hallmark.history_noun('erasures')) AS erasures,
    count(*) FILTER (WHERE collection_id = hallmark.history_noun('archives')) AS archives
FROM hallmark.change_history AS change
WHERE ($1::bigint IS NULL OR account_id = $1) AND collection_id IN (hallmark.history_noun('erasures'), hallmark.history_noun('archives'))
    AND NOT EXISTS (SELECT FROM hallmark.history_leaf AS leaf
        WHERE leaf.account_id = change.account_id AND leaf.history_id = change.id AND leaf.leaf_index < $2)
