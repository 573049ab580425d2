-- SPDX-License-Identifier: Apache-2.0
-- lane: write
-- parameters: user_id bigint, password_digest bytea, step bigint, recovery_digest bytea, digest bytea, methods text[], address text,
--   program text, old_digest bytea, actor text
-- columns: id bigint
-- A person has proved who they are: their new session. No row: they were disabled or changed their password meanwhile, or have a second
-- factor and the code (its step, or the recovery code's digest) was used before: each is spent here, with what it yields. The session
-- that this browser had goes on when it is the same person's (with another cookie), so that what was given in it stays; else it ends. The
-- oldest of those beyond fifty end too. The person is held until the session stands: whoever changes the password finds it.
WITH told AS MATERIALIZED (SELECT set_config('hallmark.actor', $10, true) AS actor),
person AS (
    SELECT person.id FROM told, hallmark."user" AS person
    WHERE told.actor IS NOT NULL AND person.id = $1 AND state = 'active' AND password_hash IS NOT NULL AND hallmark.password_digest(password_hash) = $2
    FOR SHARE OF person
), stepped AS (
    UPDATE hallmark.totp SET step = $3 FROM person WHERE totp.user_id = person.id AND totp.step < $3 RETURNING 1
), recovered AS (
    DELETE FROM hallmark.recovery_code USING person
    WHERE recovery_code.user_id = person.id AND recovery_code.digest = $4 RETURNING 1
), allowed AS (
    SELECT id FROM person
    WHERE NOT EXISTS (SELECT FROM hallmark.totp WHERE totp.user_id = $1)
        OR EXISTS (SELECT FROM stepped) OR EXISTS (SELECT FROM recovered)
), renewed AS (
    UPDATE hallmark.session SET digest = $5, methods = $6, address = $7, program = $8, created_at = now(), seen_at = now()
    FROM allowed
    WHERE session.user_id = allowed.id AND session.digest = $9 AND hallmark.session_lives(session.created_at, session.seen_at)
    RETURNING session.id
), ended AS (
    DELETE FROM hallmark.session USING allowed
    WHERE session.digest = $9 AND NOT EXISTS (SELECT FROM renewed) OR session.user_id = allowed.id AND session.id IN (
        SELECT id FROM hallmark.session AS other WHERE other.user_id = $1 ORDER BY digest = $9 DESC, seen_at DESC, id DESC OFFSET 49)
), begun AS (
    INSERT INTO hallmark.session (user_id, digest, methods, address, program)
    SELECT id, $5, $6, $7, $8 FROM allowed WHERE NOT EXISTS (SELECT FROM renewed)
    RETURNING id
)
SELECT id FROM renewed UNION ALL SELECT id FROM begun
