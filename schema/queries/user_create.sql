-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: id bigint, email text, name text, idempotency_key bytea, request_digest bytea, actor text
-- columns: id bigint, email text, name text, state text, version bigint, created_at timestamptz
-- Makes a person, who is a member of no account yet.
INSERT INTO hallmark."user" (id, email, name)
SELECT $1::bigint, $2, $3 WHERE (SELECT hallmark.act($6, $4, $5, $1::bigint::text))
RETURNING id, email, name, state, version, created_at
