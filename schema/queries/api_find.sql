-- SPDX-License-Identifier: Apache-2.0
-- lane: admin_list
-- parameters: id bigint
-- columns: id bigint, name text, prefix text, token_path text, audience text, algorithm text, token_seconds int, backing text,
--   state text, version bigint
-- One api, by id.
SELECT id, name, prefix, token_path, audience, algorithm, token_seconds, backing, state, version FROM hallmark.api WHERE id = $1
