-- SPDX-License-Identifier: Apache-2.0
-- lane: read
-- parameters: account_id bigint, client_id text
-- columns: account_id bigint, client_id text, name text, application_id bigint, application_name text, holder_id bigint,
--   holder_name text, scopes text, holder_permissions text, generation bigint, not_before_us bigint, expires_us bigint,
--   client_active boolean, application_active boolean, account_active boolean, api_access boolean, holder_active boolean, office boolean,
--   secret1_digest bytea, secret1_not_after_us bigint, secret2_digest bytea, secret2_not_after_us bigint,
--   number bigint, key_requests int, key_seconds int, application_requests int, application_seconds int,
--   secret1_number int, secret2_number int, addresses text, access_shut text,
--   public boolean, introspects bigint, waiting boolean
-- All that decides about a client, in one read by key. Expired secrets are left out; of what lives there are at most two (a trigger sees
-- to it). What an application may ask people for is the application's to say. Of limits, -1 is what the server was started with.
SELECT
    client.account_id,
    client.client_id,
    client.name,
    client.application_id,
    application.name AS application_name,
    coalesce(client.holder_id, 0) AS holder_id,
    coalesce(holder.name, '') AS holder_name,
    hallmark.scopes_text(CASE
        WHEN client.follows_holder THEN may.permissions WHEN client.kind = 'application' THEN application.scopes ELSE client.scopes END) AS scopes,
    hallmark.scopes_text(may.permissions) AS holder_permissions,
    client.generation + application.generation + account.generation AS generation,
    coalesce(hallmark.microseconds(client.not_before), 0) AS not_before_us,
    coalesce(hallmark.microseconds(client.expires_at), 9223372036854775807) AS expires_us,
    client.state = 'active' AS client_active,
    application.state = 'active' AS application_active,
    account.state = 'active' AS account_active,
    access.shut IS NULL AS api_access,
    coalesce(member.state = 'active' AND holder.state = 'active', false) AS holder_active,
    client.office,
    secret.digests[1] AS secret1_digest,
    secret.ends[1] AS secret1_not_after_us,
    secret.digests[2] AS secret2_digest,
    secret.ends[2] AS secret2_not_after_us,
    client.number,
    coalesce(client.rate_requests, -1) AS key_requests,
    coalesce(client.rate_seconds, -1) AS key_seconds,
    coalesce(application.rate_requests, -1) AS application_requests,
    coalesce(application.rate_seconds, -1) AS application_seconds,
    secret.numbers[1] AS secret1_number,
    secret.numbers[2] AS secret2_number,
    array_to_string(client.addresses, ',') AS addresses,
    coalesce(access.shut, '') AS access_shut,
    client.public,
    coalesce(client.introspects, 0) AS introspects,
    client.state = 'waiting' AS waiting
FROM hallmark.client
JOIN hallmark.account ON account.id = client.account_id
JOIN hallmark.application ON application.id = client.application_id
LEFT JOIN hallmark.member ON member.account_id = client.account_id AND member.user_id = client.holder_id
LEFT JOIN hallmark."user" AS holder ON holder.id = client.holder_id
CROSS JOIN LATERAL (SELECT hallmark.access_shut(account)) AS access (shut)
CROSS JOIN LATERAL (
    SELECT CASE WHEN member.state = 'active' AND holder.state = 'active'
        THEN hallmark.permissions_of(member.role, account.operator, member.permissions) ELSE '{}' END) AS may (permissions)
CROSS JOIN LATERAL (
    SELECT array_agg(live.digest ORDER BY live.id) AS digests,
           array_agg(live.id ORDER BY live.id) AS numbers,
           array_agg(coalesce(hallmark.microseconds(live.not_after), 9223372036854775807) ORDER BY live.id) AS ends
    FROM hallmark.client_secret AS live
    WHERE live.account_id = client.account_id AND live.client_id = client.client_id
        AND (live.not_after IS NULL OR live.not_after > now())
) AS secret
WHERE client.account_id = $1 AND client.client_id = $2
