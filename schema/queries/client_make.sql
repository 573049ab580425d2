-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: account_id bigint, client_id text, application_id bigint, name text, public boolean, introspects bigint, digest bytea,
--   mask text
-- columns: client_id text, account_id bigint, application_id bigint, name text, public boolean, state text, created_at timestamptz
-- Makes an application's own client, with its first secret unless it is public. It stands where the application does: in account 0, or in
-- the account whose own the application is.
WITH made AS (
    INSERT INTO hallmark.client
        (account_id, client_id, application_id, kind, name, grant_types, public, introspects, secrets_made)
    SELECT application.account_id, $2, application.id, 'application', coalesce($4, application.name),
        '{authorization_code,refresh_token}', coalesce($5, false), $6, CASE WHEN $7::bytea IS NULL THEN 0 ELSE 1 END
    FROM hallmark.application
    WHERE application.id = $3 AND application.account_id = $1 AND application.state = 'active'
    RETURNING *
),
secret AS (
    INSERT INTO hallmark.client_secret (account_id, client_id, id, digest, mask)
    SELECT account_id, client_id, 1, $7, $8 FROM made WHERE $7::bytea IS NOT NULL
)
SELECT client_id, account_id, application_id, name, public, state, created_at FROM made
