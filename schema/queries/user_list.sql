-- SPDX-License-Identifier: Apache-2.0
-- lane: admin_list
-- parameters: after text, most bigint
-- columns: id bigint, email text, name text, state text, version bigint, created_at timestamptz, place text
-- Every person.
SELECT id, email, name, state, version, created_at, hallmark.place_text(email, id::text) AS place
FROM hallmark."user"
WHERE $1::text IS NULL OR (lower(email), id) > (hallmark.place_name($1), hallmark.place_id($1)::bigint)
ORDER BY lower(email), id
LIMIT $2
