-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: account_id bigint
-- columns: account_id bigint, user_id bigint, name text, role text, permissions text, state text, version bigint
-- The members of an account.
SELECT member.account_id, member.user_id, "user".name, member.role, hallmark.scopes_text(member.permissions) AS permissions, member.state,
    member.version
FROM hallmark.member JOIN hallmark."user" ON "user".id = member.user_id
WHERE member.account_id = $1
ORDER BY lower("user".name), member.user_id
