-- SPDX-License-Identifier: Apache-2.0
-- lane: admin_list
-- parameters: id bigint
-- columns: id bigint, name text, state text, api_access boolean, operator boolean, version bigint, created_at timestamptz
-- One account.
SELECT id, name, state, api_access, operator, version, created_at FROM hallmark.account WHERE id = $1 AND id <> 0
