-- SPDX-License-Identifier: Apache-2.0
-- lane: admin_list
-- parameters: office_account_id bigint, client_id text, account_id bigint, after text, most bigint
-- columns: account_id bigint, name text, office_account_id bigint, client_id text, template_id bigint, template text,
--   template_version bigint, newest_version bigint, scopes text, state text, allowed boolean, version bigint, created_at timestamptz,
--   place text
-- The client accounts that a key is linked to (or one of them), each with the template's version that its link follows and the newest one.
SELECT link.account_id, account.name, link.office_account_id, link.client_id, link.template_id, template.name AS template,
    link.template_version::bigint AS template_version,
    (SELECT max(newest.version)::bigint FROM hallmark.access_template AS newest
        WHERE newest.account_id = link.template_account_id AND newest.id = link.template_id) AS newest_version,
    hallmark.scopes_text(template.scopes) AS scopes, link.state, coalesce(access.allowed, true) AS allowed, link.version, link.created_at,
    hallmark.place_text(account.name, link.account_id::text) AS place
FROM hallmark.link
JOIN hallmark.account ON account.id = link.account_id
JOIN hallmark.access_template AS template
    ON template.account_id = link.template_account_id AND template.id = link.template_id AND template.version = link.template_version
LEFT JOIN hallmark.office_access AS access ON access.account_id = link.account_id AND access.office_account_id = link.office_account_id
WHERE link.office_account_id = $1 AND link.client_id = $2 AND ($3::bigint IS NULL OR link.account_id = $3)
    AND (lower(account.name), account.id) > (coalesce(hallmark.place_name($4), ''), coalesce(hallmark.place_id($4)::bigint, -1)) -- the index leads to any page
ORDER BY lower(account.name), account.id
LIMIT $5
