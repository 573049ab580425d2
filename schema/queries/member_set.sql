-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: account_id bigint, user_id bigint, role text, permissions text[], state text
-- columns: account_id bigint, user_id bigint, name text, role text, permissions text, state text, version bigint
-- Makes a person a member, or changes the role, permissions and state of one; NULL leaves as it is.
WITH changed AS (
    INSERT INTO hallmark.member (account_id, user_id, role, permissions, state)
    VALUES ($1, $2, coalesce($3, 'member'), coalesce(hallmark.scopes_sorted($4), '{}'), coalesce($5, 'active'))
    ON CONFLICT (account_id, user_id) DO UPDATE
    SET role = coalesce($3, member.role), permissions = coalesce(hallmark.scopes_sorted($4), member.permissions),
        state = coalesce($5, member.state)
    RETURNING *
)
SELECT changed.account_id, changed.user_id, "user".name, changed.role, hallmark.scopes_text(changed.permissions) AS permissions,
    changed.state, changed.version
FROM changed JOIN hallmark."user" ON "user".id = changed.user_id
