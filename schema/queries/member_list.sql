-- SPDX-License-Identifier: Apache-2.0
-- lane: admin_list
-- parameters: account_id bigint, after text, most bigint
-- columns: account_id bigint, user_id bigint, name text, email text, role text, permissions text, state text, keys bigint,
--   version bigint, place text
-- The members of an account, with the number of keys that each holds.
SELECT member.account_id, member.user_id, "user".name, "user".email, member.role,
    hallmark.scopes_text(member.permissions) AS permissions, member.state,
    (SELECT count(*) FROM hallmark.client
        WHERE client.account_id = member.account_id AND client.holder_id = member.user_id AND client.state <> 'deleted') AS keys,
    member.version, hallmark.place_text("user".name, member.user_id::text) AS place
FROM hallmark.member JOIN hallmark."user" ON "user".id = member.user_id
WHERE member.account_id = $1
    AND ($2::text IS NULL OR (lower("user".name), member.user_id) > (hallmark.place_name($2), hallmark.place_id($2)::bigint))
ORDER BY lower("user".name), member.user_id
LIMIT $3
