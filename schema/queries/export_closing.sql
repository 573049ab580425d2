-- SPDX-License-Identifier: Apache-2.0
-- lane: list
-- parameters: account_id bigint, export_id bigint
-- columns: account_seq bigint, leaf_index bigint, size bigint, note text
-- Where the change stands that an export was announced with, and the newest checkpoint, which covers it. No row while it has no place.
SELECT leaf.account_seq, leaf.leaf_index, signed.size, signed.note
FROM hallmark.change_history AS change
JOIN hallmark.history_leaf AS leaf ON leaf.account_id = change.account_id AND leaf.history_id = change.id
CROSS JOIN LATERAL (
    SELECT size, note FROM hallmark.history_checkpoint WHERE log_id = leaf.log_id ORDER BY size DESC LIMIT 1
) AS signed
WHERE change.account_id = $1 AND change.collection_id = hallmark.history_noun('history-exports') AND change.record_id = $2
    AND change.method = 'POST' AND leaf.leaf_index < signed.size
