-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters:
-- columns: id bigint, name text, state text, api_access boolean, version bigint, created_at timestamptz
-- Every account but number 0, which is no company.
SELECT id, name, state, api_access, version, created_at FROM hallmark.account WHERE id <> 0 ORDER BY lower(name), id
