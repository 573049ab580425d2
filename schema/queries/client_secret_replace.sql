-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: account_id bigint, client_id text, digest bytea, mask text, old_until timestamptz, changer_id bigint, rights text[],
--   idempotency_key bytea, request_digest bytea, actor text
-- columns: client_id text, name text, secret_number int, generation bigint, version bigint
-- Adds a secret; the ones that live end at the moment given (NULL: now, and tokens issued under them are refused from now on). Whoever gets
-- a secret gets what the key may, so he has to have it himself.
WITH target AS (
    UPDATE hallmark.client
    SET secrets_made = secrets_made + 1, generation = generation + CASE WHEN $5::timestamptz IS NULL THEN 1 ELSE 0 END
    WHERE account_id = $1 AND client_id = $2 AND state <> 'deleted' AND hallmark.act($10, $8, $9, $2)
        AND hallmark.within(CASE WHEN follows_holder THEN hallmark.holder_permissions(account_id, holder_id) ELSE scopes END, $7)
        AND (NOT follows_holder OR $7::text[] IS NULL OR holder_id = $6
            OR hallmark.refuse('HK403', 'The key follows its holder, who alone can get its secret.'))
    RETURNING account_id, client_id, name, secrets_made, generation, version
),
ended AS (
    UPDATE hallmark.client_secret
    SET not_after = least(coalesce(client_secret.not_after, 'infinity'), coalesce($5::timestamptz, now()))
    FROM target
    WHERE client_secret.account_id = target.account_id AND client_secret.client_id = target.client_id
        AND (client_secret.not_after IS NULL OR client_secret.not_after > now())
    RETURNING client_secret.id
),
added AS (
    INSERT INTO hallmark.client_secret (account_id, client_id, id, digest, mask)
    SELECT account_id, client_id, secrets_made, $3, $4 FROM target WHERE (SELECT count(*) FROM ended) >= 0 -- after the others have ended
)
SELECT client_id, name, secrets_made AS secret_number, generation, version FROM target
