-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: account_id bigint, client_id text, confirmer_id bigint, rights text[], actor text
-- columns: client_id text, account_id bigint, application_id bigint, application text, name text, description text, holder_id bigint,
--   holder text, creator_id bigint, confirmer_id bigint, scopes text, follows_holder boolean, reduced_by text, state text,
--   office boolean, generation bigint, secrets jsonb, not_before timestamptz, expires_at timestamptz, version bigint,
--   created_at timestamptz
-- A second admin says that a key may work. They have to have what it may, and to be another than who asked for it; nor may who asked have
-- made the key by which it is said, whose secret they have seen. No row: no key of this id waits.
WITH confirmed AS (
    UPDATE hallmark.client SET state = 'active', confirmer_id = $3
    WHERE account_id = $1 AND client_id = $2 AND state = 'waiting' AND (SELECT hallmark.act($5))
        AND ($3 IS DISTINCT FROM client.asker_id AND (client.asker_id <> ALL (hallmark.acting_people())) IS NOT FALSE
            OR hallmark.refuse('HK403', 'Somebody else than who asked for the key has to confirm it.'))
        AND ($4::text[] IS NULL OR $3 IS NOT NULL OR hallmark.refuse('HK403', 'Only a member can confirm a key.'))
        AND hallmark.within(CASE WHEN follows_holder THEN hallmark.holder_permissions(account_id, holder_id) ELSE scopes END, $4)
    RETURNING *
)
SELECT confirmed.client_id, confirmed.account_id, confirmed.application_id, application.name AS application, confirmed.name, confirmed.description,
    confirmed.holder_id, holder.name AS holder, confirmed.creator_id, confirmed.confirmer_id, hallmark.scopes_text(confirmed.scopes) AS scopes, confirmed.follows_holder,
    hallmark.scopes_text(hallmark.scopes_lost(confirmed.scopes, confirmed.account_id, confirmed.holder_id)) AS reduced_by, confirmed.state, confirmed.office,
    confirmed.generation, hallmark.secrets_shown(confirmed.account_id, confirmed.client_id) AS secrets, confirmed.not_before, confirmed.expires_at, confirmed.version,
    confirmed.created_at
FROM confirmed JOIN hallmark.application ON application.id = confirmed.application_id
LEFT JOIN hallmark."user" AS holder ON holder.id = confirmed.holder_id
