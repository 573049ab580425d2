-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: account_id bigint, id bigint, name text, scopes text[], version bigint, rights text[], actor text
-- columns: id bigint, account_id bigint, name text, version bigint, scopes text, created_at timestamptz
-- The next version of an access template. Links keep the version that they follow. Of two who revise at once one is told by the key.
INSERT INTO hallmark.access_template (account_id, id, version, name, scopes)
SELECT newest.account_id, newest.id, newest.version + 1, coalesce($3, newest.name), coalesce(hallmark.scopes_sorted($4), newest.scopes)
FROM (
    SELECT * FROM hallmark.access_template
    WHERE account_id = coalesce($1::bigint, 0) AND id = $2
    ORDER BY version DESC
    LIMIT 1
) AS newest
WHERE (SELECT hallmark.act($7)) AND hallmark.version_is(newest.version, $5) AND hallmark.within(coalesce($4, newest.scopes), $6)
RETURNING id, account_id, name, version::bigint, hallmark.scopes_text(scopes) AS scopes, created_at
