-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: id bigint, account_id bigint, name text, maker text, description text, scopes text[], idempotency_key bytea,
--   request_digest bytea, actor text
-- columns: id bigint, account_id bigint, name text, maker text, description text, scopes text, state text, version bigint,
--   created_at timestamptz
-- Makes an application; without an account it is known to all.
INSERT INTO hallmark.application (id, account_id, name, maker, description, scopes)
SELECT $1::bigint, coalesce($2::bigint, 0), $3, coalesce($4, ''), coalesce($5, ''), coalesce(hallmark.scopes_sorted($6), '{}')
WHERE (SELECT hallmark.act($9, $7, $8, $1::bigint::text))
RETURNING id, account_id, name, maker, description, hallmark.scopes_text(scopes) AS scopes, state, version, created_at
