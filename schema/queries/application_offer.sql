-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: id bigint, redirect_uris text[], scopes text[], pushed_only boolean, pkce_optional boolean
-- columns: id bigint, account_id bigint, name text, redirect_uris text, scopes text, pushed_only boolean, pkce_optional boolean,
--   state text, version bigint
-- Sets where an application's users may be sent back to, what it asks them for, and what its requests have to be like; NULL leaves as it is.
UPDATE hallmark.application
SET redirect_uris = coalesce($2, redirect_uris), scopes = coalesce(hallmark.scopes_sorted($3), scopes),
    pushed_only = coalesce($4, pushed_only), pkce_optional = coalesce($5, pkce_optional)
WHERE id = $1
RETURNING id, account_id, name, array_to_string(redirect_uris, ' ') AS redirect_uris, hallmark.scopes_text(scopes) AS scopes,
    pushed_only, pkce_optional, state, version
