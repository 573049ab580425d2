-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: id bigint, state text, api_access boolean
-- columns: id bigint, name text, state text, api_access boolean, version bigint, created_at timestamptz
-- Closes or opens an account, or switches its API access; NULL leaves as it is.
UPDATE hallmark.account SET state = coalesce($2, state), api_access = coalesce($3, api_access) WHERE id = $1
RETURNING id, name, state, api_access, version, created_at
