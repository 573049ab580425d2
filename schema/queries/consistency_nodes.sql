-- SPDX-License-Identifier: Apache-2.0
-- lane: list
-- parameters: log_id smallint, old_size bigint, new_size bigint
-- columns: level smallint, number bigint, hash bytea, note text
-- What the proof is made of that the log has grown from one size to the size of a checkpoint that was signed (NULL: the newest). The first row
-- has the checkpoint: level -1, its size as number, its note. No row: no such checkpoint. Behind it, when the old size is not above it, the
-- spans of server/seal/merkle.h for the last leaf of the old size: in each level the tile above that leaf, and the last one.
WITH signed AS MATERIALIZED (
    SELECT size, note FROM hallmark.history_checkpoint
    WHERE log_id = $1 AND size BETWEEN coalesce($3::bigint, 1) AND coalesce($3::bigint, 9223372036854775807)
    ORDER BY size DESC
    LIMIT 1
),
span AS MATERIALIZED (
    SELECT DISTINCT level, tile << 8 AS starts, least((tile + 1) << 8, count) AS ends
    FROM signed
    CROSS JOIN generate_series(0, 6) AS level
    CROSS JOIN LATERAL (SELECT size >> (8 * level) AS count) AS of_level
    CROSS JOIN LATERAL (VALUES (($2::bigint - 1) >> (8 * level + 8)), ((count - 1) >> 8)) AS of_leaf (tile)
    WHERE count > 0 AND $2::bigint <= size
)
SELECT (-1)::smallint AS level, size AS number, NULL::bytea AS hash, note FROM signed
UNION ALL
SELECT 0::smallint, leaf.leaf_index, leaf.leaf, NULL
FROM span
JOIN hallmark.history_leaf AS leaf ON leaf.log_id = $1 AND leaf.leaf_index >= span.starts AND leaf.leaf_index < span.ends
WHERE span.level = 0
UNION ALL
SELECT node.level, node.number, node.hash, NULL
FROM span
JOIN hallmark.history_node AS node ON node.log_id = $1 AND node.level = span.level AND node.number >= span.starts AND node.number < span.ends
WHERE span.level > 0
