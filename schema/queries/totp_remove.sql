-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: email text
-- columns: id bigint, email text, name text
-- Takes a person's second factor away.
WITH person AS (
    UPDATE hallmark."user" SET second_factor = NULL WHERE lower(email) = lower($1) RETURNING id, email, name
), factor AS (
    DELETE FROM hallmark.totp USING person WHERE totp.user_id = person.id
), codes AS (
    DELETE FROM hallmark.recovery_code USING person WHERE recovery_code.user_id = person.id
)
SELECT id, email, name FROM person
