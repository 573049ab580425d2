-- SPDX-License-Identifier: Apache-2.0
-- lane: admin_list
-- parameters: account_id bigint, user_id bigint
-- columns: account_id bigint, user_id bigint, name text, email text, role text, permissions text, state text, keys bigint, version bigint
-- One member.
SELECT member.account_id, member.user_id, "user".name, "user".email, member.role,
    hallmark.scopes_text(member.permissions) AS permissions, member.state,
    (SELECT count(*) FROM hallmark.client
        WHERE client.account_id = member.account_id AND client.holder_id = member.user_id AND client.state <> 'deleted') AS keys,
    member.version
FROM hallmark.member JOIN hallmark."user" ON "user".id = member.user_id
WHERE member.account_id = $1 AND member.user_id = $2
