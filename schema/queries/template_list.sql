-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: account_id bigint
-- columns: id bigint, account_id bigint, name text, version bigint, scopes text, created_at timestamptz
-- The access templates of an office, and those that serve all offices; of each its newest version.
SELECT DISTINCT ON (account_id, id)
    id, account_id, name, version::bigint, hallmark.scopes_text(scopes) AS scopes, created_at
FROM hallmark.access_template
WHERE account_id IN (0, $1)
ORDER BY account_id, id, version DESC
