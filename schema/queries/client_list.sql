-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: account_id bigint
-- columns: client_id text, account_id bigint, application_id bigint, application text, name text, holder_id bigint, scopes text,
--   state text, office boolean, generation bigint, secrets text, not_before timestamptz, expires_at timestamptz, version bigint, created_at timestamptz
-- The keys of an account; of a secret only its mask is known.
SELECT client.client_id, client.account_id, client.application_id, application.name AS application, client.name, client.holder_id,
    hallmark.scopes_text(client.scopes) AS scopes, client.state, client.office, client.generation,
    (SELECT string_agg(mask || CASE WHEN not_after IS NULL THEN '' ELSE ' until ' || not_after END, ', ' ORDER BY id)
        FROM hallmark.client_secret AS live
        WHERE live.account_id = client.account_id AND live.client_id = client.client_id
            AND (not_after IS NULL OR not_after > now())) AS secrets,
    client.not_before, client.expires_at, client.version, client.created_at
FROM hallmark.client JOIN hallmark.application ON application.id = client.application_id
WHERE client.account_id = $1
ORDER BY lower(client.name), client.client_id
