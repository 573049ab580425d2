-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: id bigint, name text, prefix text, token_path text, audience text, algorithm text, token_seconds int,
--   idempotency_key bytea, request_digest bytea, actor text
-- columns: id bigint, name text, prefix text, token_path text, audience text, algorithm text, token_seconds int, backing text,
--   state text, version bigint
-- Makes an api over the built-in store.
INSERT INTO hallmark.api (id, name, prefix, token_path, audience, algorithm, token_seconds)
SELECT $1::bigint, $2, $3, $4, $5, coalesce($6, 'ES256'), coalesce($7, 600) WHERE (SELECT hallmark.act($10, $8, $9, $1::bigint::text))
RETURNING id, name, prefix, token_path, audience, algorithm, token_seconds, backing, state, version
