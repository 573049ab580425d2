-- SPDX-License-Identifier: Apache-2.0
-- lane: list
-- parameters: office_account_id bigint, client_id text, only_account_id bigint, after_id bigint, most bigint
-- columns: account_id bigint, name text, state text, template_id bigint, template text, template_version bigint, scopes text
-- The client accounts that a key may ask for, in the order of their ids, from after_id on; only_account_id 0: all of them. The state is
-- "active", or the first thing that stands in the way: the link has "ended", the account is "closed", its API access is off
-- ("api_access_off"), or it has switched this office off ("office_off").
SELECT
    link.account_id,
    account.name,
    CASE
        WHEN link.state <> 'active' THEN 'ended'
        WHEN account.state <> 'active' THEN 'closed'
        WHEN hallmark.access_shut(account) IS NOT NULL THEN 'api_access_off'
        WHEN NOT coalesce(access.allowed, true) THEN 'office_off'
        ELSE 'active'
    END AS state,
    link.template_id,
    template.name AS template,
    link.template_version::bigint AS template_version,
    hallmark.scopes_text(template.scopes) AS scopes
FROM hallmark.link
JOIN hallmark.account ON account.id = link.account_id
JOIN hallmark.access_template AS template
    ON template.account_id = link.template_account_id AND template.id = link.template_id AND template.version = link.template_version
LEFT JOIN hallmark.office_access AS access ON access.account_id = link.account_id AND access.office_account_id = link.office_account_id
WHERE link.office_account_id = $1 AND link.client_id = $2 AND link.account_id > $4 AND (nullif($3::bigint, 0) IS NULL OR link.account_id = $3)
ORDER BY link.account_id
LIMIT $5
