-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: email text, password_hash text
-- columns: id bigint, email text, name text
-- Gives a person another password; a trigger ends wherever they are logged in, and whatever was issued in their name.
UPDATE hallmark."user" SET password_hash = $2 WHERE lower(email) = lower($1) RETURNING id, email, name
