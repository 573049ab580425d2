-- SPDX-License-Identifier: Apache-2.0
-- lane: admin_list
-- parameters: account_id bigint, after text, most bigint
-- columns: office_account_id bigint, office text, allowed boolean, client_id text, key text, application text, template text,
--   template_version bigint, scopes text, state text, place text
-- Which offices and keys reach into an account, and whether it lets them. A deleted key reaches nothing any more.
SELECT link.office_account_id, office.name AS office, coalesce(access.allowed, true) AS allowed, link.client_id, client.name AS key,
    application.name AS application, template.name AS template, link.template_version::bigint AS template_version,
    hallmark.scopes_text(template.scopes) AS scopes, link.state, hallmark.place_text(office.name, link.client_id) AS place
FROM hallmark.link
JOIN hallmark.account AS office ON office.id = link.office_account_id
JOIN hallmark.client ON client.account_id = link.office_account_id AND client.client_id = link.client_id
JOIN hallmark.application ON application.id = client.application_id
JOIN hallmark.access_template AS template
    ON template.account_id = link.template_account_id AND template.id = link.template_id AND template.version = link.template_version
LEFT JOIN hallmark.office_access AS access ON access.account_id = link.account_id AND access.office_account_id = link.office_account_id
WHERE link.account_id = $1 AND client.state <> 'deleted'
    AND ($2::text IS NULL OR (lower(office.name), link.client_id) > (hallmark.place_name($2), hallmark.place_id($2)))
ORDER BY lower(office.name), link.client_id
LIMIT $3
