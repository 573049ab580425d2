-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: email text
-- columns: id bigint, email text, name text, state text, version bigint, created_at timestamptz
-- One person, by address.
SELECT id, email, name, state, version, created_at FROM hallmark."user" WHERE lower(email) = lower($1)
