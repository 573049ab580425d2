-- SPDX-License-Identifier: Apache-2.0
-- lane: admin_list
-- parameters: account_id bigint, client_id text
-- columns: client_id text, account_id bigint, application_id bigint, application text, name text, description text, holder_id bigint,
--   holder text, creator_id bigint, confirmer_id bigint, scopes text, follows_holder boolean, reduced_by text, state text, office boolean,
--   generation bigint, secrets jsonb, not_before timestamptz, expires_at timestamptz, addresses text, rate_requests int, rate_seconds int, version bigint,
--   created_at timestamptz
-- One key.
SELECT client.client_id, client.account_id, client.application_id, application.name AS application, client.name, client.description,
    client.holder_id, holder.name AS holder, client.creator_id, client.confirmer_id, hallmark.scopes_text(client.scopes) AS scopes, client.follows_holder,
    hallmark.scopes_text(hallmark.scopes_lost(client.scopes, client.account_id, client.holder_id)) AS reduced_by, client.state, client.office,
    client.generation, hallmark.secrets_shown(client.account_id, client.client_id) AS secrets, client.not_before, client.expires_at,
    array_to_string(client.addresses, ', ') AS addresses, client.rate_requests, client.rate_seconds, client.version,
    client.created_at
FROM hallmark.client JOIN hallmark.application ON application.id = client.application_id
LEFT JOIN hallmark."user" AS holder ON holder.id = client.holder_id
WHERE client.account_id = $1 AND client.client_id = $2
