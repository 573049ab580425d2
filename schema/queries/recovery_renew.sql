-- SPDX-License-Identifier: Apache-2.0
-- lane: write
-- parameters: user_id bigint, session_id bigint, fresh_seconds bigint, recovery_digests bytea[]
-- columns: id bigint
-- A person who logged in just now, with both factors, gets other recovery codes in the place of those that are left.
WITH person AS (
    SELECT id FROM hallmark."user"
    WHERE id = $1 AND second_factor IS NOT NULL AND EXISTS (
        SELECT FROM hallmark.session
        WHERE user_id = $1 AND id = $2 AND 'mfa' = ANY (methods) AND hallmark.session_lives(created_at, seen_at)
            AND created_at > now() - make_interval(secs => $3::bigint))
    FOR UPDATE
), old AS (
    DELETE FROM hallmark.recovery_code USING person WHERE recovery_code.user_id = person.id
), codes AS (
    INSERT INTO hallmark.recovery_code (user_id, digest) SELECT person.id, given FROM person, unnest($4::bytea[]) AS given
)
SELECT id FROM person
