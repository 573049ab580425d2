-- SPDX-License-Identifier: Apache-2.0
-- lane: write
-- parameters: user_id bigint, password_digest bytea, step bigint, recovery_digest bytea, digest bytea, methods text[], address text,
--   program text, old_digest bytea
-- columns: id bigint
-- A person has proved who they are: their new session. No row: they were disabled or changed their password meanwhile, or have a second
-- factor and the code (its step, or the recovery code's digest) was used before: each is spent here, with what it yields. The session
-- that this browser had ends, and so do the oldest of those beyond fifty.
WITH person AS (
    SELECT id FROM hallmark."user"
    WHERE id = $1 AND state = 'active' AND password_hash IS NOT NULL AND hallmark.password_digest(password_hash) = $2
), stepped AS (
    UPDATE hallmark.totp SET step = $3 FROM person WHERE totp.user_id = person.id AND totp.step < $3 RETURNING 1
), recovered AS (
    DELETE FROM hallmark.recovery_code USING person
    WHERE recovery_code.user_id = person.id AND recovery_code.digest = $4 RETURNING 1
), allowed AS (
    SELECT id FROM person
    WHERE NOT EXISTS (SELECT FROM hallmark.totp WHERE totp.user_id = $1)
        OR EXISTS (SELECT FROM stepped) OR EXISTS (SELECT FROM recovered)
), ended AS (
    DELETE FROM hallmark.session USING allowed
    WHERE session.digest = $9 OR session.user_id = allowed.id AND session.id IN (
        SELECT id FROM hallmark.session AS other WHERE other.user_id = $1 ORDER BY seen_at DESC, id DESC OFFSET 49)
)
INSERT INTO hallmark.session (user_id, digest, methods, address, program)
SELECT id, $5, $6, $7, $8 FROM allowed
RETURNING id
