-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: kind text, subject text, account_id bigint, until timestamptz, actor text
-- columns: kind text, subject text, account_id bigint, until timestamptz, created_at timestamptz
-- Takes back what was issued: a token (jti), or all tokens of a client, an application or an account, that were issued before now live until
-- then at most. Revoking again may only make it later.
INSERT INTO hallmark.revocation (kind, subject, account_id, until)
SELECT $1, $2, coalesce($3::bigint, 0), $4::timestamptz WHERE (SELECT hallmark.act($5))
ON CONFLICT (kind, subject, account_id) DO UPDATE SET until = greatest(revocation.until, excluded.until)
RETURNING kind, subject, account_id, until, created_at
