-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: email text, state text
-- columns: id bigint, email text, name text, state text, version bigint, created_at timestamptz
-- Disables or enables a person in every account.
UPDATE hallmark."user" SET state = $2 WHERE lower(email) = lower($1)
RETURNING id, email, name, state, version, created_at
