-- SPDX-License-Identifier: Apache-2.0
-- lane: write
-- parameters: user_id bigint, session_id bigint, fresh_seconds bigint, sealed bytea, step bigint, recovery_digests bytea[], actor text
-- columns: id bigint
-- A person who logged in just now switches a second factor on, with a code of it that is spent by this. This login has proved both factors;
-- the person's others have not, and end. No row: the login is no fresh one, or there is a second factor already.
WITH person AS (
    UPDATE hallmark."user" SET second_factor = 'totp'
    WHERE id = $1 AND state = 'active' AND second_factor IS NULL AND (SELECT hallmark.act($7)) AND EXISTS (
        SELECT FROM hallmark.session
        WHERE user_id = $1 AND id = $2 AND hallmark.session_lives(created_at, seen_at) AND created_at > now() - make_interval(secs => $3::bigint))
    RETURNING id
), factor AS (
    INSERT INTO hallmark.totp (user_id, sealed, step) SELECT id, $4, $5 FROM person
), codes AS (
    INSERT INTO hallmark.recovery_code (user_id, digest) SELECT person.id, given FROM person, unnest($6::bytea[]) AS given
), proved AS (
    UPDATE hallmark.session SET methods = '{pwd,otp,mfa}' FROM person WHERE session.user_id = person.id AND session.id = $2
), ended AS (
    DELETE FROM hallmark.session USING person WHERE session.user_id = person.id AND session.id <> $2
)
SELECT id FROM person
