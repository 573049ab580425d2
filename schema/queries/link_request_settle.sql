-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: digest bytea, sealed bytea, forgotten_seconds bigint, invited_seconds bigint, spacing_seconds bigint
-- columns: taken bigint, made bigint
-- Takes the oldest request, and makes its link together with the mail that tells it: for a person who is active. Who forgot a password gets
-- one mail in so many seconds, however often it is asked for, so that nobody fills another's mailbox or makes another's links worthless;
-- and nobody is invited who has a password.
WITH taken AS (
    DELETE FROM hallmark.link_request
    WHERE id = (SELECT id FROM hallmark.link_request ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING kind, email, language
), person AS (
    SELECT "user".id, taken.kind, taken.language
    FROM taken
    JOIN hallmark."user" ON lower("user".email) = lower(taken.email) AND "user".state = 'active'
    WHERE CASE taken.kind
        WHEN 'invited' THEN "user".password_hash IS NULL
        ELSE NOT EXISTS (
            SELECT FROM hallmark.mail
            WHERE mail.user_id = "user".id AND mail.created_at > now() - make_interval(secs => $5::bigint) AND mail.kind = 'forgotten'
                AND mail.state <> 'failed')
        END
), made AS (
    INSERT INTO hallmark.password_link (user_id, digest, expires_at, mailed)
    SELECT id, $1, now() + make_interval(secs => CASE kind WHEN 'forgotten' THEN $3::bigint ELSE $4::bigint END), true FROM person
    ON CONFLICT (user_id) DO UPDATE SET digest = excluded.digest, expires_at = excluded.expires_at, mailed = true
    RETURNING user_id
), spooled AS (
    INSERT INTO hallmark.mail (user_id, kind, language, digest, sealed)
    SELECT made.user_id, person.kind, person.language, $1, $2 FROM made JOIN person ON person.id = made.user_id
    RETURNING id
)
SELECT (SELECT count(*) FROM taken) AS taken, (SELECT count(*) FROM spooled) AS made
