-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: account_id bigint, id bigint, name text, scopes text[], rights text[], idempotency_key bytea, request_digest bytea,
--   actor text
-- columns: id bigint, account_id bigint, name text, version bigint, scopes text, created_at timestamptz
-- Makes the first version of an access template; without an account it serves all offices. Nobody puts in what he does not have.
INSERT INTO hallmark.access_template (account_id, id, name, scopes)
SELECT coalesce($1::bigint, 0), $2::bigint, $3, hallmark.scopes_sorted($4)
WHERE (SELECT hallmark.act($8, $6, $7, $2::bigint::text)) AND hallmark.within($4, $5)
RETURNING id, account_id, name, version::bigint, hallmark.scopes_text(scopes) AS scopes, created_at
