-- SPDX-License-Identifier: Apache-2.0
-- lane: list
-- parameters: log_id smallint, level smallint, starts bigint, ends bigint, size_least bigint, size_most bigint
-- columns: hashes bytea
-- The hashes of one tile, one behind the other; level 0 are the leaves. NULL unless a checkpoint was signed of a size between the two.
SELECT CASE WHEN (SELECT size FROM hallmark.history_checkpoint WHERE log_id = $1 AND size >= $5 ORDER BY size LIMIT 1) <= $6 THEN
    CASE WHEN $2::smallint = 0 THEN (
        SELECT string_agg(leaf, ''::bytea ORDER BY leaf_index) FROM hallmark.history_leaf
        WHERE log_id = $1 AND leaf_index >= $3 AND leaf_index < $4
    ) ELSE (
        SELECT string_agg(hash, ''::bytea ORDER BY number) FROM hallmark.history_node
        WHERE log_id = $1 AND level = $2 AND number >= $3 AND number < $4
    ) END
END AS hashes
