-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: id bigint, state text, api_access boolean, name text, version bigint, actor text
-- columns: id bigint, name text, state text, api_access boolean, operator boolean, version bigint, created_at timestamptz
-- Closes or opens an account, switches its API access or renames it; NULL leaves as it is.
UPDATE hallmark.account SET state = coalesce($2, state), api_access = coalesce($3, api_access), name = coalesce($4, name)
WHERE id = $1 AND (SELECT hallmark.act($6)) AND hallmark.version_is(version, $5)
RETURNING id, name, state, api_access, operator, version, created_at
