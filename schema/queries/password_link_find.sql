-- SPDX-License-Identifier: Apache-2.0
-- lane: read
-- parameters: digest bytea
-- columns: user_id bigint, name text, email text
-- Whose link it is, while it works.
SELECT person.id AS user_id, person.name, person.email
FROM hallmark.password_link AS link
JOIN hallmark."user" AS person ON person.id = link.user_id
WHERE link.digest = $1 AND link.expires_at > now() AND person.state = 'active'
