-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: account_id bigint, user_id bigint, role text, permissions text[], state text, with_keys boolean, version bigint,
--   rights text[], actor text
-- columns: account_id bigint, user_id bigint, name text, email text, role text, permissions text, state text, keys bigint, version bigint
-- Changes the role, permissions and state of a member; NULL leaves as it is. Nobody gives more than he has (but what every
-- member may with what is his own), and who changes a member has to have what that member's role brings. Who leaves while he holds keys has to be known to (with_keys): they end with him.
WITH asked AS (
    SELECT member.account_id, member.user_id, coalesce($3, member.role) AS role,
        coalesce(hallmark.scopes_sorted($4), member.permissions) AS permissions, coalesce($5, member.state) AS state
    FROM hallmark.member
    JOIN hallmark.account ON account.id = member.account_id
    WHERE member.account_id = $1 AND member.user_id = $2
        AND (SELECT hallmark.act($9)) AND hallmark.version_is(member.version, $7)
        AND hallmark.within(ARRAY(
            SELECT unnest(hallmark.administrative_words(member.role, account.operator)) WHERE member.role <> 'member'
            UNION (
                SELECT unnest(hallmark.permissions_of(coalesce($3, member.role), account.operator, coalesce($4, member.permissions)))
                EXCEPT SELECT unnest(hallmark.permissions_of(member.role, account.operator, member.permissions)) WHERE member.state = 'active'
                EXCEPT SELECT unnest(hallmark.administrative_words('member', false)) WHERE coalesce($3, member.role) = 'member')
        ), $8)
        AND (coalesce($5, '') <> 'left' OR coalesce($6, false) OR NOT EXISTS (
                SELECT FROM hallmark.client WHERE client.account_id = $1 AND client.holder_id = $2 AND client.state = 'active')
            OR hallmark.refuse('HK409', 'This member holds keys, which would stop working: hand them to another holder first, or say keys=end. They are: '
                || (SELECT string_agg(client_id || ' (' || name || ')', ', ' ORDER BY client_id)
                    FROM (SELECT client_id, name FROM hallmark.client WHERE account_id = $1 AND holder_id = $2 AND state = 'active'
                        ORDER BY client_id LIMIT 10) AS held) || '.'))
    FOR UPDATE OF member
),
changed AS (
    UPDATE hallmark.member SET role = asked.role, permissions = asked.permissions, state = asked.state
    FROM asked
    WHERE member.account_id = asked.account_id AND member.user_id = asked.user_id
    RETURNING member.*
)
SELECT changed.account_id, changed.user_id, "user".name, "user".email, changed.role,
    hallmark.scopes_text(changed.permissions) AS permissions, changed.state,
    (SELECT count(*) FROM hallmark.client
        WHERE client.account_id = changed.account_id AND client.holder_id = changed.user_id AND client.state <> 'deleted') AS keys,
    changed.version
FROM changed JOIN hallmark."user" ON "user".id = changed.user_id
