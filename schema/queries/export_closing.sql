-- SPDX-License-Identifier: Apache-2.0
-- lane: list
-- parameters: account_id bigint, export_id bigint, cosigned bigint
-- columns: account_seq bigint, leaf_index bigint, size bigint, note text
-- Where the change stands that an export was announced with, and the newest checkpoint that so many witnesses have
-- cosigned, which covers it. No row while there is none.
SELECT leaf.account_seq, leaf.leaf_index, signed.size, signed.note
FROM hallmark.change_history AS change
JOIN hallmark.history_leaf AS leaf ON leaf.account_id = change.account_id AND leaf.history_id = change.id
CROSS JOIN hallmark.checkpoint_newest(1::smallint, $3) AS signed
WHERE change.account_id = $1 AND change.collection_id = hallmark.history_noun('history-exports') AND change.record_id = $2
    AND change.method = 'POST' AND leaf.leaf_index < signed.size
