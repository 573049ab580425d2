-- SPDX-License-Identifier: Apache-2.0
-- lane: write
-- parameters: user_id bigint, session_id bigint, fresh_seconds bigint, actor text
-- columns: id bigint
-- A person who logged in just now, with both factors, switches the second one off. No row: the login is no fresh one, or there is none.
WITH person AS (
    UPDATE hallmark."user" SET second_factor = NULL
    WHERE id = $1 AND second_factor IS NOT NULL AND (SELECT hallmark.act($4)) AND EXISTS (
        SELECT FROM hallmark.session
        WHERE user_id = $1 AND id = $2 AND 'mfa' = ANY (methods) AND hallmark.session_lives(created_at, seen_at)
            AND created_at > now() - make_interval(secs => $3::bigint))
    RETURNING id
), factor AS (
    DELETE FROM hallmark.totp USING person WHERE totp.user_id = person.id
), codes AS (
    DELETE FROM hallmark.recovery_code USING person WHERE recovery_code.user_id = person.id
)
SELECT id FROM person
