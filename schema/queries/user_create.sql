-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: id bigint, email text, name text, invite text, idempotency_key bytea, request_digest bytea, actor text
-- columns: id bigint, email text, name text, state text, version bigint, created_at timestamptz
-- Makes a person, who is a member of no account yet, and invites them by mail in a language when there is one.
WITH made AS (
    INSERT INTO hallmark."user" (id, email, name)
    SELECT $1::bigint, $2, $3 WHERE (SELECT hallmark.act($7, $5, $6, $1::bigint::text))
    RETURNING id, email, name, state, version, created_at
), invited AS (
    INSERT INTO hallmark.link_request (kind, email, language) SELECT 'invited', email, $4::text FROM made WHERE $4::text IS NOT NULL
)
SELECT id, email, name, state, version, created_at FROM made
