-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: id bigint, name text, idempotency_key bytea, request_digest bytea, actor text
-- columns: id bigint, name text, state text, api_access boolean, operator boolean, version bigint, created_at timestamptz
-- Makes an account with its API access on.
INSERT INTO hallmark.account (id, name)
SELECT $1::bigint, $2 WHERE (SELECT hallmark.act($5, $3, $4, $1::bigint::text))
RETURNING id, name, state, api_access, operator, version, created_at
