-- SPDX-License-Identifier: Apache-2.0
-- lane: read
-- parameters: digest bytea
-- columns: user_id bigint, id bigint, name text, email text, created_at_us bigint, seen_at_us bigint, methods text,
--   has_second boolean
-- The living session of a cookie, and whose it is; has_second: they have a second factor now, whatever the login was.
SELECT session.user_id, session.id, person.name, person.email, hallmark.microseconds(session.created_at) AS created_at_us,
    hallmark.microseconds(session.seen_at) AS seen_at_us, array_to_string(session.methods, ' ') AS methods,
    person.second_factor IS NOT NULL AS has_second
FROM hallmark.session
JOIN hallmark."user" AS person ON person.id = session.user_id
WHERE session.digest = $1 AND hallmark.session_lives(session.created_at, session.seen_at) AND person.state = 'active'
