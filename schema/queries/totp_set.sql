-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: id bigint, sealed bytea, recovery_digests bytea[]
-- columns: id bigint, email text, name text
-- Gives a person a second factor, in the place of the one that they had.
WITH person AS (
    UPDATE hallmark."user" SET second_factor = 'totp' WHERE id = $1 RETURNING id, email, name
), factor AS (
    INSERT INTO hallmark.totp (user_id, sealed) SELECT id, $2 FROM person
    ON CONFLICT (user_id) DO UPDATE SET sealed = excluded.sealed, step = 0
), old AS (
    DELETE FROM hallmark.recovery_code USING person WHERE recovery_code.user_id = person.id
), codes AS (
    INSERT INTO hallmark.recovery_code (user_id, digest) SELECT person.id, given FROM person, unnest($3::bytea[]) AS given
)
SELECT id, email, name FROM person
