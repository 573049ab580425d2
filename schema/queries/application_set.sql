-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: id bigint, state text, name text, maker text, description text, scopes text[], account_id bigint, version bigint,
--   actor text
-- columns: id bigint, account_id bigint, name text, maker text, description text, scopes text, state text,
--   rate_requests int, rate_seconds int, version bigint, created_at timestamptz
-- Disables, enables or alters an application, of this account if one is given; NULL leaves as it is.
UPDATE hallmark.application
SET state = coalesce($2, state), name = coalesce($3, name), maker = coalesce($4, maker), description = coalesce($5, description),
    scopes = coalesce(hallmark.scopes_sorted($6), scopes)
WHERE id = $1 AND ($7::bigint IS NULL OR account_id = $7) AND (SELECT hallmark.act($9)) AND hallmark.version_is(version, $8)
RETURNING id, account_id, name, maker, description, hallmark.scopes_text(scopes) AS scopes, state, rate_requests, rate_seconds, version,
    created_at
