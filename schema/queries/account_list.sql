-- SPDX-License-Identifier: Apache-2.0
-- lane: admin_list
-- parameters: account_id bigint, after text, most bigint
-- columns: id bigint, name text, state text, api_access boolean, operator boolean, version bigint, created_at timestamptz, place text
-- Every account but number 0, which is no company; or one.
SELECT id, name, state, api_access, operator, version, created_at, hallmark.place_text(name, id::text) AS place
FROM hallmark.account
WHERE id <> 0 AND ($1::bigint IS NULL OR id = $1)
    AND ($2::text IS NULL OR (lower(name), id) > (hallmark.place_name($2), hallmark.place_id($2)::bigint))
ORDER BY lower(name), id
LIMIT $3
