-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: email text, password_hash text
-- columns: id bigint, email text, name text
-- Gives a person another password; wherever they are logged in, they no longer are.
WITH changed AS (
    UPDATE hallmark."user" SET password_hash = $2 WHERE lower(email) = lower($1) RETURNING id, email, name
), ended AS (
    DELETE FROM hallmark.session USING changed WHERE session.user_id = changed.id
)
SELECT id, email, name FROM changed
