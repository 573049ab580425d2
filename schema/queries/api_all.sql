-- SPDX-License-Identifier: Apache-2.0
-- lane: admin_list
-- parameters: after text, most bigint
-- columns: id bigint, name text, prefix text, token_path text, audience text, algorithm text, token_seconds int, backing text,
--   state text, version bigint, place text
-- Every api, switched off or not.
SELECT id, name, prefix, token_path, audience, algorithm, token_seconds, backing, state, version, hallmark.place_text(name, id::text) AS place
FROM hallmark.api
WHERE $1::text IS NULL OR name > hallmark.place_name($1)
ORDER BY name
LIMIT $2
