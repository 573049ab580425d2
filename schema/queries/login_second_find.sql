-- SPDX-License-Identifier: Apache-2.0
-- lane: read
-- parameters: user_id bigint
-- columns: user_id bigint, name text, email text, password_hash text, password_digest bytea, active boolean, totp_sealed bytea
-- Whose second factor is asked for; the columns are those of login_find.
SELECT person.id AS user_id, person.name, person.email, person.password_hash,
    hallmark.password_digest(person.password_hash) AS password_digest, person.state = 'active' AS active, totp.sealed AS totp_sealed
FROM hallmark."user" AS person
LEFT JOIN hallmark.totp ON totp.user_id = person.id
WHERE person.id = $1
