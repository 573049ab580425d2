-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: account_id bigint, user_id bigint, role text, permissions text[], state text
-- columns: account_id bigint, user_id bigint, name text, role text, permissions text, state text, version bigint
-- Makes a person a member, or changes the role, permissions and state of one; NULL leaves as it is.
WITH given AS (
    SELECT CASE WHEN $4::text[] IS NULL THEN NULL ELSE ARRAY(SELECT DISTINCT token COLLATE "C" FROM unnest($4::text[]) AS token ORDER BY 1) END AS permissions
),
changed AS (
    INSERT INTO hallmark.member (account_id, user_id, role, permissions, state)
    SELECT $1, $2, coalesce($3, 'member'), coalesce(permissions, '{}'), coalesce($5, 'active') FROM given
    ON CONFLICT (account_id, user_id) DO UPDATE
    SET role = coalesce($3, member.role), permissions = coalesce((SELECT permissions FROM given), member.permissions),
        state = coalesce($5, member.state)
    RETURNING *
)
SELECT changed.account_id, changed.user_id, "user".name, changed.role, hallmark.scopes_text(changed.permissions) AS permissions, changed.state,
    changed.version
FROM changed JOIN hallmark."user" ON "user".id = changed.user_id
