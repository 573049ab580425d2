-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters:
-- columns: id bigint, email text, name text, state text, version bigint, created_at timestamptz
-- Every person.
SELECT id, email, name, state, version, created_at FROM hallmark."user" ORDER BY lower(email)
