-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: account_id bigint, digest bytea, actor text
-- columns: client_id text, name text, secret_number int, generation bigint
-- Somebody shows a secret that has leaked: if it still lives, it ends now, and tokens issued under it are refused from now on. Reported
-- twice at once it ends once: the second waits for the first, and sees what it did.
WITH leaked AS MATERIALIZED (
    SELECT account_id, client_id, id FROM hallmark.client_secret
    WHERE account_id = $1 AND digest = $2 AND (not_after IS NULL OR not_after > clock_timestamp())
    FOR NO KEY UPDATE
),
target AS (
    UPDATE hallmark.client SET generation = generation + 1
    FROM leaked
    WHERE client.account_id = leaked.account_id AND client.client_id = leaked.client_id AND (SELECT hallmark.act($3))
    RETURNING client.account_id, client.client_id, client.name, leaked.id AS secret_number, client.generation
),
ended AS (
    UPDATE hallmark.client_secret SET not_after = now()
    FROM target
    WHERE client_secret.account_id = target.account_id AND client_secret.client_id = target.client_id AND client_secret.id = target.secret_number
)
SELECT client_id, name, secret_number, generation FROM target
