-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: lease bigint, seconds bigint
-- columns: id bigint, attempt bigint, kind text, language text, digest bytea, sealed bytea, name text, email text, created_at_us bigint
-- Takes the mail that is due longest, for some seconds; what is not reported before they end is taken again. Only while its link works.
WITH picked AS MATERIALIZED (
    SELECT mail.id, person.name, person.email
    FROM hallmark.mail
    JOIN hallmark.password_link AS link ON link.user_id = mail.user_id AND link.digest = mail.digest AND link.expires_at > now()
    JOIN hallmark."user" AS person ON person.id = mail.user_id
    WHERE mail.state = 'waiting' AND mail.due_at <= now()
    ORDER BY mail.due_at
    LIMIT 1
    FOR UPDATE OF mail SKIP LOCKED
)
UPDATE hallmark.mail SET lease = $1, due_at = now() + make_interval(secs => $2::bigint), attempts = attempts + 1
FROM picked
WHERE mail.id = picked.id
RETURNING mail.id, mail.attempts::bigint AS attempt, mail.kind, mail.language, mail.digest, mail.sealed, picked.name, picked.email,
    hallmark.microseconds(mail.created_at) AS created_at_us
