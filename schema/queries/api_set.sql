-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: id bigint, token_seconds int, state text, version bigint, actor text
-- columns: id bigint, name text, prefix text, token_path text, audience text, algorithm text, token_seconds int, backing text,
--   state text, version bigint
-- Switches an api on or off, or lets its tokens live shorter or longer; NULL leaves as it is.
UPDATE hallmark.api SET token_seconds = coalesce($2, token_seconds), state = coalesce($3, state)
WHERE id = $1 AND (SELECT hallmark.act($5)) AND hallmark.version_is(version, $4)
RETURNING id, name, prefix, token_path, audience, algorithm, token_seconds, backing, state, version
