-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: office_account_id bigint, client_id text, account_id bigint, template_id bigint, template_version int, version bigint, rights text[],
--   actor text
-- columns: account_id bigint, office_account_id bigint, client_id text, template_id bigint, template_version bigint, state text,
--   version bigint
-- Lets an active link follow another template, or another version of one; without a number the newest. No row: no such link or template.
UPDATE hallmark.link
SET template_account_id = template.account_id, template_id = template.id, template_version = template.version
FROM (
    SELECT account_id, id, version, scopes
    FROM hallmark.access_template
    WHERE account_id IN (0, $1) AND id = $4 AND ($5::int IS NULL OR version = $5)
    ORDER BY account_id DESC, version DESC
    LIMIT 1
) AS template
WHERE link.office_account_id = $1 AND link.client_id = $2 AND link.account_id = $3 AND link.state = 'active'
    AND (SELECT hallmark.act($8)) AND hallmark.version_is(link.version, $6) AND hallmark.within(template.scopes, $7)
RETURNING link.account_id, office_account_id, client_id, template_id, template_version::bigint, state, link.version
