-- SPDX-License-Identifier: Apache-2.0
-- lane: admin_list
-- parameters: account_id bigint, after text, most bigint
-- columns: id bigint, account_id bigint, name text, version bigint, scopes text, created_at timestamptz, place text
-- The access templates of an office, and those that serve all offices; of each its newest version.
SELECT newest.id, newest.account_id, newest.name, newest.version, newest.scopes, newest.created_at,
    hallmark.place_text(newest.name, newest.id::text) AS place
FROM (
    SELECT DISTINCT ON (account_id, id)
        id, account_id, name, version::bigint, hallmark.scopes_text(scopes) AS scopes, created_at
    FROM hallmark.access_template
    WHERE account_id IN (0, $1)
    ORDER BY account_id, id, version DESC
) AS newest
WHERE $2::text IS NULL OR (lower(newest.name), newest.id) > (hallmark.place_name($2), hallmark.place_id($2)::bigint)
ORDER BY lower(newest.name), newest.id
LIMIT $3
