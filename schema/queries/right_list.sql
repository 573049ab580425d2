-- SPDX-License-Identifier: Apache-2.0
-- lane: admin_list
-- parameters: account_id bigint, user_id bigint, rights text[]
-- columns: scope text, may_be_given boolean, reason text
-- Every right there is, and whether whoever has these rights can give it to a key of this holder; if not, why. No row: he is no active
-- member.
WITH holder AS (
    SELECT account.operator, hallmark.permissions_of(member.role, account.operator, member.permissions) AS permissions
    FROM hallmark.member
    JOIN hallmark.account ON account.id = member.account_id
    JOIN hallmark."user" ON "user".id = member.user_id
    WHERE member.account_id = $1 AND member.user_id = $2 AND member.state = 'active' AND "user".state = 'active'
),
every AS (
    SELECT name || ':' || verb AS scope FROM hallmark.collection CROSS JOIN unnest('{read,write}'::text[]) AS verb WHERE state = 'active'
    UNION SELECT unnest(hallmark.administrative_words('owner', holder.operator)) FROM holder
    UNION SELECT unnest(holder.permissions) FROM holder
)
SELECT every.scope, every.scope = ANY (holder.permissions) AND ($3::text[] IS NULL OR every.scope = ANY ($3)) AS may_be_given,
    CASE WHEN every.scope <> ALL (holder.permissions) THEN 'The holder does not have it; whoever manages members can give it.'
         WHEN every.scope <> ALL ($3) THEN 'You do not have it yourself.' END AS reason
FROM every CROSS JOIN holder
ORDER BY every.scope COLLATE "C"
