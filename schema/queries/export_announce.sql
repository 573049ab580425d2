-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: account_id bigint, nonce text
-- columns: id bigint
-- Tells the history of an account that it is exported, with the nonce of who is going to check it. No row: there is no such account (0 stands
-- for what belongs to none).
INSERT INTO hallmark.history_export (account_id, nonce)
SELECT $1::bigint, $2::text WHERE $1::bigint = 0 OR EXISTS (SELECT FROM hallmark.account WHERE id = $1)
RETURNING id
