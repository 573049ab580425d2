-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: id bigint, email text, name text, state text, version bigint, actor text
-- columns: id bigint, email text, name text, state text, version bigint, created_at timestamptz
-- Alters a person, in every account; NULL leaves as it is.
UPDATE hallmark."user" SET email = coalesce($2, email), name = coalesce($3, name), state = coalesce($4, state)
WHERE id = $1 AND (SELECT hallmark.act($6)) AND hallmark.version_is(version, $5)
RETURNING id, email, name, state, version, created_at
