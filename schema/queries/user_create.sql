-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: id bigint, email text, name text
-- columns: id bigint, email text, name text, state text, version bigint, created_at timestamptz
-- Makes a person, who is a member of no account yet.
INSERT INTO hallmark."user" (id, email, name) VALUES ($1, $2, $3)
RETURNING id, email, name, state, version, created_at
