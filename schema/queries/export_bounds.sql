-- SPDX-License-Identifier: Apache-2.0
-- lane: list
-- parameters: account_id bigint
-- columns: size bigint, note text, last_seq bigint
-- What an export is proven against: the newest checkpoint, and how many changes of the account it covers. No row when nothing was sealed.
SELECT signed.size, signed.note, coalesce(last.account_seq, 0) AS last_seq
FROM (SELECT size, note FROM hallmark.history_checkpoint WHERE log_id = 1 ORDER BY size DESC LIMIT 1) AS signed
LEFT JOIN LATERAL (
    SELECT account_seq FROM hallmark.history_leaf
    WHERE account_id = $1 AND leaf_index < signed.size
    ORDER BY account_seq DESC
    LIMIT 1
) AS last ON true
