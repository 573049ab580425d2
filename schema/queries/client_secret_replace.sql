-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: account_id bigint, client_id text, digest bytea, mask text, old_until timestamptz, old_until_uses int, changer_id bigint, rights text[],
--   idempotency_key bytea, request_digest bytea, actor text
-- columns: client_id text, name text, secret_number int, generation bigint, version bigint
-- Adds a secret. The ones that live end at the moment given, or when the new one has been used so many times, whichever comes first; with
-- neither they end now, and tokens issued under them are refused from now on. Whoever gets a secret gets what the key may, so he has to
-- have it himself.
WITH target AS (
    UPDATE hallmark.client
    SET secrets_made = secrets_made + 1,
        generation = generation + CASE WHEN $5::timestamptz IS NULL AND $6::int IS NULL THEN 1 ELSE 0 END
    WHERE account_id = $1 AND client_id = $2 AND state <> 'deleted' AND hallmark.act($11, $9, $10, $2)
        AND hallmark.within(CASE WHEN follows_holder THEN hallmark.holder_permissions(account_id, holder_id) ELSE scopes END, $8)
        AND (NOT follows_holder OR $8::text[] IS NULL OR holder_id = $7
            OR hallmark.refuse('HK403', 'The key follows its holder, who alone can get its secret.'))
    RETURNING account_id, client_id, name, secrets_made, generation, version
),
ended AS (
    UPDATE hallmark.client_secret
    SET not_after = nullif(least(coalesce(client_secret.not_after, 'infinity'),
            coalesce($5::timestamptz, CASE WHEN $6::int IS NULL THEN now() ELSE 'infinity' END)), 'infinity'),
        successor = CASE WHEN $6::int IS NOT NULL THEN target.secrets_made END,
        successor_uses = $6
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
