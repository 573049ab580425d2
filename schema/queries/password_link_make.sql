-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: email text, digest bytea, seconds bigint
-- columns: id bigint, email text, name text, expires_at timestamptz
-- A link for a person who is active, in the place of the one that they had.
WITH made AS (
    INSERT INTO hallmark.password_link (user_id, digest, expires_at, mailed)
    SELECT id, $2, now() + make_interval(secs => $3::bigint), false FROM hallmark."user" WHERE lower(email) = lower($1) AND state = 'active'
    ON CONFLICT (user_id) DO UPDATE SET digest = excluded.digest, expires_at = excluded.expires_at, mailed = false
    RETURNING user_id, expires_at
)
SELECT person.id, person.email, person.name, made.expires_at FROM made JOIN hallmark."user" AS person ON person.id = made.user_id
