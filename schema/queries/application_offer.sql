-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: id bigint, redirect_uris text[], scopes text[]
-- columns: id bigint, account_id bigint, name text, redirect_uris text, scopes text, state text, version bigint
-- Sets where an application's users may be sent back to, and what it asks them for; NULL leaves as it is.
UPDATE hallmark.application
SET redirect_uris = coalesce($2, redirect_uris), scopes = coalesce(hallmark.scopes_sorted($3), scopes)
WHERE id = $1
RETURNING id, account_id, name, array_to_string(redirect_uris, ' ') AS redirect_uris, hallmark.scopes_text(scopes) AS scopes, state, version
