-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters:
-- columns: id bigint, account_id bigint, name text, maker text, state text, version bigint, created_at timestamptz
-- Every application.
SELECT id, account_id, name, maker, state, version, created_at FROM hallmark.application ORDER BY lower(name), id
