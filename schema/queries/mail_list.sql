-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters:
-- columns: id bigint, email text, kind text, state text, attempts int, created_at timestamptz, ended_at timestamptz, detail text
-- The mails of the last days, the newest first: what waits and why, what was sent, what failed.
SELECT mail.id, person.email, mail.kind, mail.state, mail.attempts, mail.created_at, mail.ended_at, mail.detail
FROM hallmark.mail
JOIN hallmark."user" AS person ON person.id = mail.user_id
ORDER BY mail.id DESC
LIMIT 1000
