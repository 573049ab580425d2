-- SPDX-License-Identifier: Apache-2.0
-- lane: write
-- parameters: account_ids bigint[], client_ids text[], numbers int[], uses bigint[], last_us bigint[], addresses text[], actor text
-- columns: saved bigint, ended bigint
-- Adds what a thread has counted. A secret whose successor has been used as often as was agreed ends by this, and the actor is who ends it.
-- Of secrets that are gone nothing is kept.
WITH saved AS (
    INSERT INTO hallmark.client_secret_use AS known (account_id, client_id, id, uses, last_at, last_address)
    SELECT secret.account_id, secret.client_id, secret.id, given.uses, hallmark.moment(given.last_us), given.address
    FROM unnest($1::bigint[], $2::text[], $3::int[], $4::bigint[], $5::bigint[], $6::text[])
        AS given (account_id, client_id, id, uses, last_us, address)
    JOIN hallmark.client_secret AS secret USING (account_id, client_id, id)
    ORDER BY 1, 2, 3 -- threads that add to the same rows lock them in the same order
    ON CONFLICT (account_id, client_id, id) DO UPDATE
    SET uses = known.uses + excluded.uses,
        last_at = greatest(known.last_at, excluded.last_at),
        last_address = CASE WHEN excluded.last_at >= known.last_at THEN excluded.last_address ELSE known.last_address END
    RETURNING account_id, client_id, id, uses
),
acting AS MATERIALIZED (
    SELECT set_config('hallmark.actor', $7, true) AS actor
),
ended AS (
    UPDATE hallmark.client_secret AS secret SET not_after = now()
    FROM saved, acting
    WHERE secret.account_id = saved.account_id AND secret.client_id = saved.client_id AND secret.successor = saved.id
        AND saved.uses >= secret.successor_uses AND (secret.not_after IS NULL OR secret.not_after > now()) AND acting.actor IS NOT NULL
    RETURNING secret.id
)
SELECT (SELECT count(*) FROM saved) AS saved, (SELECT count(*) FROM ended) AS ended
