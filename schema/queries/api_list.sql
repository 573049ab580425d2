-- SPDX-License-Identifier: Apache-2.0
-- lane: read
-- parameters:
-- columns: id bigint, name text, prefix text, token_path text, audience text, algorithm text, credential text, backing text,
--   upstream text, token_seconds int
-- Every api that is switched on, oldest first: the first is the default audience.
SELECT id, name, prefix, token_path, audience, algorithm, credential, backing, upstream, token_seconds
FROM hallmark.api
WHERE state = 'active'
ORDER BY created_at, id
