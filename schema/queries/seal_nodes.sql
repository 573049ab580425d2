-- SPDX-License-Identifier: Apache-2.0
-- lane: list
-- parameters: log_id smallint, levels smallint[], froms bigint[], tos bigint[]
-- columns: level smallint, number bigint, hash bytea
-- What proofs are made of, by spans (server/seal/merkle.h): level 0 are the leaves.
SELECT span.level, leaf.leaf_index AS number, leaf.leaf AS hash
FROM unnest($2::smallint[], $3::bigint[], $4::bigint[]) AS span (level, starts, ends)
JOIN hallmark.history_leaf AS leaf ON leaf.log_id = $1 AND leaf.leaf_index >= span.starts AND leaf.leaf_index < span.ends
WHERE span.level = 0
UNION ALL
SELECT span.level, node.number, node.hash
FROM unnest($2::smallint[], $3::bigint[], $4::bigint[]) AS span (level, starts, ends)
JOIN hallmark.history_node AS node ON node.log_id = $1 AND node.level = span.level AND node.number >= span.starts AND node.number < span.ends
WHERE span.level > 0
