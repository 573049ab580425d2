-- SPDX-License-Identifier: Apache-2.0
-- lane: admin_list
-- parameters: account_id bigint, after text, most bigint
-- columns: id bigint, account_id bigint, name text, maker text, description text, scopes text, state text,
--   rate_requests int, rate_seconds int, version bigint, created_at timestamptz, place text
-- Every application; or those that an account can choose from: its own and those known to all.
SELECT id, account_id, name, maker, description, hallmark.scopes_text(scopes) AS scopes, state, rate_requests, rate_seconds, version,
    created_at, hallmark.place_text(name, id::text) AS place
FROM hallmark.application
WHERE ($1::bigint IS NULL OR account_id IN (0, $1))
    AND ($2::text IS NULL OR (lower(name), id) > (hallmark.place_name($2), hallmark.place_id($2)::bigint))
ORDER BY lower(name), id
LIMIT $3
