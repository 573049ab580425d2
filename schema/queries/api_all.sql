-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters:
-- columns: id bigint, name text, prefix text, token_path text, audience text, algorithm text, token_seconds int, backing text,
--   state text, version bigint
-- Every api, switched off or not.
SELECT id, name, prefix, token_path, audience, algorithm, token_seconds, backing, state, version FROM hallmark.api ORDER BY name
