-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: id bigint, operator boolean
-- columns: id bigint, name text, state text, api_access boolean, operator boolean, version bigint, created_at timestamptz
-- Whether an account administers what all accounts share. The server's role may not.
UPDATE hallmark.account SET operator = $2 WHERE id = $1 AND id <> 0
RETURNING id, name, state, api_access, operator, version, created_at
