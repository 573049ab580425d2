-- SPDX-License-Identifier: Apache-2.0
-- lane: admin_list
-- parameters: id bigint
-- columns: id bigint, email text, name text, state text, version bigint, created_at timestamptz
-- One person, by id.
SELECT id, email, name, state, version, created_at FROM hallmark."user" WHERE id = $1
