-- SPDX-License-Identifier: Apache-2.0
-- lane: write
-- parameters: account_id bigint, digest bytea, client_id text, query text
-- columns: seconds bigint
-- Keeps a pushed authorization request, and says how long it may wait until it is opened.
INSERT INTO hallmark.authorization_request (account_id, digest, client_id, parameters, expires_at)
VALUES ($1, $2, $3, jsonb_build_object('query', $4::text), now() + hallmark.lifetime_of('pushed_request'))
RETURNING extract(epoch FROM expires_at - created_at)::bigint AS seconds
