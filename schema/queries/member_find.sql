-- SPDX-License-Identifier: Apache-2.0
-- lane: read
-- parameters: account_id bigint, user_id bigint
-- columns: account_id bigint, user_id bigint, name text, permissions text, active boolean, account_active boolean, api_access boolean,
--   access_shut text, generation bigint
-- What decides about a person in one account, now: the membership and what it permits, the person, and the account itself, which an
-- application's own client (account 0) does not know. One read by key; no row for who was never a member.
SELECT
    member.account_id,
    member.user_id,
    person.name,
    CASE WHEN member.state = 'active' AND person.state = 'active' THEN hallmark.scopes_text(
        hallmark.permissions_of(member.role, account.operator, member.permissions)) ELSE '' END AS permissions,
    member.state = 'active' AND person.state = 'active' AS active,
    account.state = 'active' AS account_active,
    access.shut IS NULL AS api_access,
    coalesce(access.shut, '') AS access_shut,
    person.generation + account.generation AS generation
FROM hallmark.member
JOIN hallmark."user" AS person ON person.id = member.user_id
JOIN hallmark.account ON account.id = member.account_id
CROSS JOIN LATERAL (SELECT hallmark.access_shut(account)) AS access (shut)
WHERE member.account_id = $1 AND member.user_id = $2
