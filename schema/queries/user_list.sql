-- SPDX-License-Identifier: Apache-2.0
-- lane: admin_list
-- parameters: after text, most bigint
-- columns: id bigint, email text, name text, state text, version bigint, created_at timestamptz, place text
-- Every person.
SELECT id, email, name, state, version, created_at, hallmark.place_text(email, id::text) AS place
FROM hallmark."user"
WHERE (lower(email), id) > (coalesce(hallmark.place_name($1), ''), coalesce(hallmark.place_id($1)::bigint, -1)) -- the index leads to any page
ORDER BY lower(email), id
LIMIT $2
