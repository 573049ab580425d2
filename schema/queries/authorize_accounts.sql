-- SPDX-License-Identifier: Apache-2.0
-- lane: read
-- parameters: user_id bigint, application_id bigint, client_account_id bigint, account_id bigint, most bigint
-- columns: account_id bigint, name text, permissions text, granted text, open boolean
-- The accounts in which a person could let an application in: all of theirs or the one that is named, by name. An application of an
-- account's own is let into no other. `granted`: what they gave it there before; not `open`: the account's API access is shut.
SELECT account.id AS account_id, account.name, hallmark.scopes_text(hallmark.holder_permissions(member.account_id, member.user_id)) AS permissions,
    hallmark.scopes_text(coalesce(given.scopes, '{}')) AS granted, hallmark.access_shut(account) IS NULL AS open
FROM hallmark.member
JOIN hallmark.account ON account.id = member.account_id AND account.state = 'active'
LEFT JOIN hallmark."grant" AS given
    ON (given.account_id, given.user_id, given.application_id) = (member.account_id, member.user_id, $2) AND given.state = 'active'
WHERE member.user_id = $1 AND member.state = 'active' AND $3::bigint IN (0, member.account_id) AND ($4::bigint IS NULL OR member.account_id = $4)
ORDER BY lower(account.name), account.id
LIMIT $5
