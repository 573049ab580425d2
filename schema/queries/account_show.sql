-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: id bigint
-- columns: id bigint, name text, state text, api_access boolean, version bigint, created_at timestamptz
-- One account.
SELECT id, name, state, api_access, version, created_at FROM hallmark.account WHERE id = $1
