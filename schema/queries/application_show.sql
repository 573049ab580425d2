-- SPDX-License-Identifier: Apache-2.0
-- lane: admin_list
-- parameters: name text, account_id bigint
-- columns: id bigint, account_id bigint, name text, maker text, description text, scopes text, state text,
--   rate_requests int, rate_seconds int, version bigint, created_at timestamptz
-- Applications of this name: one that is known to all, and accounts' own, of this account if one is given.
SELECT id, account_id, name, maker, description, hallmark.scopes_text(scopes) AS scopes, state, rate_requests, rate_seconds, version,
    created_at FROM hallmark.application WHERE lower(name) = lower($1)
    AND ($2::bigint IS NULL OR account_id IN (0, $2)) ORDER BY account_id
