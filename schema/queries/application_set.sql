-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: id bigint, state text, name text
-- columns: id bigint, account_id bigint, name text, maker text, state text, version bigint, created_at timestamptz
-- Disables, enables or renames an application; NULL leaves as it is.
UPDATE hallmark.application SET state = coalesce($2, state), name = coalesce($3, name) WHERE id = $1
RETURNING id, account_id, name, maker, state, version, created_at
