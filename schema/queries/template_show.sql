-- SPDX-License-Identifier: Apache-2.0
-- lane: admin_list
-- parameters: account_id bigint, id bigint
-- columns: id bigint, account_id bigint, name text, version bigint, scopes text, links bigint, created_at timestamptz
-- Every version of an access template, the newest first, with the number of active links that follow it.
SELECT id, account_id, name, version::bigint, hallmark.scopes_text(scopes) AS scopes,
    (SELECT count(*) FROM hallmark.link
        WHERE template_account_id = template.account_id AND template_id = template.id AND template_version = template.version
            AND state = 'active') AS links,
    created_at
FROM hallmark.access_template AS template
WHERE account_id = coalesce($1::bigint, 0) AND id = $2
ORDER BY version DESC
