-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: account_id bigint, id bigint, name text, scopes text[]
-- columns: id bigint, account_id bigint, name text, version bigint, scopes text, created_at timestamptz
-- The next version of an access template. Links keep the version that they follow. Of two who revise at once one is told by the key.
INSERT INTO hallmark.access_template (account_id, id, version, name, scopes)
SELECT account_id, id, version + 1, coalesce($3, name), coalesce(hallmark.scopes_sorted($4), scopes)
FROM hallmark.access_template
WHERE account_id = coalesce($1::bigint, 0) AND id = $2
ORDER BY version DESC
LIMIT 1
RETURNING id, account_id, name, version::bigint, hallmark.scopes_text(scopes) AS scopes, created_at
