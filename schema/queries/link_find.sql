-- SPDX-License-Identifier: Apache-2.0
-- lane: read
-- parameters: account_id bigint, office_account_id bigint, client_id text
-- columns: account_id bigint, office_account_id bigint, client_id text, active boolean, allowed boolean, account_active boolean,
--   api_access boolean, template text, scopes text, access_shut text, generation bigint
-- What decides about an office's key in one client account: the link, the client's own switch for the office (no row: it is on), the state
-- of the client account, and the very version of the template that the link follows. One read by key.
SELECT
    link.account_id,
    link.office_account_id,
    link.client_id,
    link.state = 'active' AS active,
    coalesce(access.allowed, true) AS allowed,
    account.state = 'active' AS account_active,
    client.shut IS NULL AS api_access,
    template.name AS template,
    hallmark.scopes_text(template.scopes) AS scopes,
    coalesce(client.shut, '') AS access_shut,
    account.generation
FROM hallmark.link
JOIN hallmark.account ON account.id = link.account_id
CROSS JOIN LATERAL (SELECT hallmark.access_shut(account)) AS client (shut)
JOIN hallmark.access_template AS template
    ON template.account_id = link.template_account_id AND template.id = link.template_id AND template.version = link.template_version
LEFT JOIN hallmark.office_access AS access ON access.account_id = link.account_id AND access.office_account_id = link.office_account_id
WHERE link.account_id = $1 AND link.office_account_id = $2 AND link.client_id = $3
