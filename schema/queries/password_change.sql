-- SPDX-License-Identifier: Apache-2.0
-- lane: write
-- parameters: user_id bigint, session_id bigint, fresh_seconds bigint, old_digest bytea, password_hash text, digest bytea, actor text
-- columns: id bigint
-- A person who logged in just now, and knows the password whose hash has this digest, gets another one. Triggers end wherever they are
-- logged in, whatever was issued in their name, and a link that would set a password. This login goes on as
-- another session, as old as it was. No row, and nothing is changed: the login has ended or is no fresh one, or the password is another one
-- by now. The person is held first, as whoever begins or ends their logins does.
WITH person AS MATERIALIZED (
    SELECT id FROM hallmark."user"
    WHERE id = $1 AND state = 'active' AND password_hash IS NOT NULL AND hallmark.password_digest(password_hash) = $4 AND (SELECT hallmark.act($7))
    FOR NO KEY UPDATE
), login AS MATERIALIZED (
    SELECT session.user_id, session.methods, session.address, session.program, session.created_at
    FROM person JOIN hallmark.session ON session.user_id = person.id
    WHERE session.id = $2 AND hallmark.session_lives(session.created_at, session.seen_at)
        AND session.created_at > now() - make_interval(secs => $3::bigint)
    FOR UPDATE OF session
), changed AS (
    UPDATE hallmark."user" SET password_hash = $5 FROM login WHERE "user".id = login.user_id RETURNING "user".id
), begun AS (
    INSERT INTO hallmark.session (user_id, digest, methods, address, program, created_at)
    SELECT changed.id, $6, login.methods, login.address, login.program, login.created_at FROM changed, login
    RETURNING id
)
SELECT id FROM begun
