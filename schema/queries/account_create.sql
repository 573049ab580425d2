-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: id bigint, name text
-- columns: id bigint, name text, state text, api_access boolean, version bigint, created_at timestamptz
-- Makes an account with its API access on.
INSERT INTO hallmark.account (id, name) VALUES ($1, $2)
RETURNING id, name, state, api_access, version, created_at
