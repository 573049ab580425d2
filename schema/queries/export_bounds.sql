-- SPDX-License-Identifier: Apache-2.0
-- lane: list
-- parameters: account_id bigint, cosigned bigint
-- columns: size bigint, note text, last_seq bigint
-- What an export is proven against: the newest checkpoint that so many witnesses have cosigned (0: of all), and how many changes of the
-- account it covers. No row when there is none.
SELECT signed.size, signed.note, coalesce(last.account_seq, 0) AS last_seq
FROM hallmark.checkpoint_newest(1::smallint, $2) AS signed
LEFT JOIN LATERAL (
    SELECT account_seq FROM hallmark.history_leaf
    WHERE account_id = $1 AND leaf_index < signed.size
    ORDER BY account_seq DESC
    LIMIT 1
) AS last ON true
