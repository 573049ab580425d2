-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: account_id bigint, digest bytea, actor text
-- columns: client_id text, name text, secret_number int, generation bigint
-- Somebody shows a refresh token that has leaked, spent or not: its family ends, and every access token with it. No row: there is none that
-- lives.
WITH ended AS (
    UPDATE hallmark.family SET state = 'revoked', reason = 'a refresh token was reported as leaked'
    FROM hallmark.refresh_token AS token
    WHERE token.account_id = $1 AND token.digest = $2 AND family.account_id = token.account_id AND family.id = token.family_id
        AND family.state = 'active' AND (SELECT hallmark.act($3))
    RETURNING family.client_account_id, family.client_id
)
SELECT client.client_id, client.name, 0 AS secret_number, client.generation
FROM ended JOIN hallmark.client ON client.account_id = ended.client_account_id AND client.client_id = ended.client_id
