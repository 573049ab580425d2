-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: account_id bigint, user_id bigint
-- columns: permissions text
-- What an active member may now; no row when there is no such member.
SELECT hallmark.scopes_text(hallmark.permissions_of(member.role, account.operator, member.permissions)) AS permissions
FROM hallmark.member
JOIN hallmark.account ON account.id = member.account_id
JOIN hallmark."user" ON "user".id = member.user_id
WHERE member.account_id = $1 AND member.user_id = $2 AND member.state = 'active' AND "user".state = 'active'
