-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: id bigint, account_id bigint, name text, maker text, description text, scopes text[]
-- columns: id bigint, account_id bigint, name text, maker text, state text, version bigint, created_at timestamptz
-- Makes an application; without an account it is known to all.
INSERT INTO hallmark.application (id, account_id, name, maker, description, scopes)
VALUES ($1, coalesce($2::bigint, 0), $3, coalesce($4, ''), coalesce($5, ''), coalesce(hallmark.scopes_sorted($6), '{}'))
RETURNING id, account_id, name, maker, state, version, created_at
