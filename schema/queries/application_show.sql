-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: name text
-- columns: id bigint, account_id bigint, name text, maker text, state text, version bigint, created_at timestamptz
-- The applications of this name: one known to all, and accounts' own.
SELECT id, account_id, name, maker, state, version, created_at FROM hallmark.application WHERE lower(name) = lower($1) ORDER BY account_id
