-- SPDX-License-Identifier: Apache-2.0
-- lane: admin_list
-- parameters: id bigint, account_id bigint
-- columns: id bigint, account_id bigint, name text, maker text, description text, scopes text, state text,
--   rate_requests int, rate_seconds int, version bigint, created_at timestamptz
-- One application that this account can choose.
SELECT id, account_id, name, maker, description, hallmark.scopes_text(scopes) AS scopes, state, rate_requests, rate_seconds, version,
    created_at FROM hallmark.application WHERE id = $1 AND account_id IN (0, $2)
