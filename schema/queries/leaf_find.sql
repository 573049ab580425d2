-- SPDX-License-Identifier: Apache-2.0
-- lane: read
-- parameters: log_id smallint, account_id bigint, history_id bigint
-- columns: leaf_index bigint, account_seq bigint, leaf bytea, previous bytea, frozen bytea, frozen_digest bytea, checkpoint_size bigint,
--   checkpoint text, archived text
-- The place of one change, with what its leaf is made of and the newest checkpoint over it. frozen is NULL once its month is archived, and `archived` says where it is; no
-- row while it has no place.
SELECT leaf.leaf_index, leaf.account_seq, leaf.leaf, before.leaf AS previous, change.frozen, change.frozen_digest,
    signed.size AS checkpoint_size, signed.note AS checkpoint,
    CASE WHEN change.frozen IS NULL THEN hallmark.archive_told($2, leaf.account_seq) END AS archived
FROM hallmark.history_leaf AS leaf
CROSS JOIN LATERAL (
    SELECT size, note FROM hallmark.history_checkpoint WHERE log_id = $1 ORDER BY size DESC LIMIT 1
) AS signed
LEFT JOIN hallmark.history_leaf AS before ON before.account_id = leaf.account_id AND before.account_seq = leaf.account_seq - 1
LEFT JOIN hallmark.change_history AS change
    ON change.account_id = leaf.account_id AND change.id = leaf.history_id AND change.at = leaf.at
WHERE leaf.account_id = $2 AND leaf.history_id = $3 AND leaf.log_id = $1
