-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: account_id bigint, client_id text, name text, description text, holder_id bigint, scopes text[], state text,
--   not_before timestamptz, expires_at timestamptz, version bigint, changer_id bigint, rights text[], actor text
-- columns: client_id text, account_id bigint, application_id bigint, application text, name text, description text, holder_id bigint,
--   holder text, creator_id bigint, confirmer_id bigint, scopes text, follows_holder boolean, reduced_by text, state text, office boolean,
--   generation bigint, secrets jsonb, not_before timestamptz, expires_at timestamptz, addresses text, rate_requests int, rate_seconds int, version bigint,
--   created_at timestamptz
-- Changes a key; NULL leaves as it is, infinite times take a bound away. Disabling raises its generation (a trigger sees to it), so that
-- tokens issued before are refused for ever. Whoever makes a key reach further than it did, in rights or in time, has to have all that it
-- may himself, and so has its holder.
WITH asked AS MATERIALIZED (
    SELECT client.account_id, client.client_id, client.office, client.follows_holder,
        coalesce($3, client.name) AS name, coalesce($4, client.description) AS description, coalesce($5, client.holder_id) AS holder_id,
        coalesce(hallmark.scopes_sorted($6), client.scopes) AS scopes, coalesce($7, client.state) AS state,
        nullif(coalesce($8, client.not_before), '-infinity') AS not_before, nullif(coalesce($9, client.expires_at), 'infinity') AS expires_at,
        coalesce($5, client.holder_id) IS DISTINCT FROM client.holder_id
            OR NOT coalesce(hallmark.scopes_sorted($6), client.scopes) <@ client.scopes
            OR (coalesce($7, client.state) = 'active' AND client.state <> 'active')
            OR coalesce($8, client.not_before, '-infinity') < coalesce(client.not_before, '-infinity')
            OR coalesce($9, client.expires_at, 'infinity') > coalesce(client.expires_at, 'infinity') AS widens
    FROM hallmark.client
    WHERE client.account_id = $1 AND client.client_id = $2 AND (SELECT hallmark.act($13))
        AND (client.state <> 'deleted' OR hallmark.refuse('HK409', 'The key was deleted; that is final.'))
        AND (client.state <> 'waiting' OR coalesce($7, '') <> 'active' OR hallmark.refuse('HK409', 'A second admin has to confirm the key.'))
        AND hallmark.version_is(client.version, $10)
    FOR UPDATE
),
allowed AS MATERIALIZED (
    SELECT asked.*,
        asked.widens AND account.confirm_wide AND asked.state = 'active' AND $12::text[] IS NOT NULL
            AND hallmark.key_is_wide(asked.follows_holder, asked.expires_at, asked.office) AS waits
    FROM asked
    LEFT JOIN hallmark.member ON member.account_id = asked.account_id AND member.user_id = asked.holder_id AND member.state = 'active'
    JOIN hallmark.account ON account.id = asked.account_id
    CROSS JOIN LATERAL (
        SELECT coalesce(hallmark.permissions_of(member.role, account.operator, member.permissions), '{}')) AS may (permissions)
    WHERE NOT asked.widens
        OR ((asked.holder_id IS NULL OR member.user_id IS NOT NULL OR ($5::bigint IS NULL AND $6::text[] IS NULL)
                OR hallmark.refuse('HK409', 'The holder is no active member of this account.'))
            AND (asked.holder_id IS NULL OR $6::text[] IS NULL OR asked.scopes <@ may.permissions
                OR hallmark.refuse('HK403', format('The holder does not have: %s.', hallmark.scopes_text(ARRAY(
                    SELECT unnest(asked.scopes) EXCEPT SELECT unnest(may.permissions) ORDER BY 1)))))
            AND hallmark.within(CASE WHEN asked.follows_holder THEN may.permissions ELSE asked.scopes END, $12)
            AND (NOT asked.follows_holder OR $12::text[] IS NULL OR asked.holder_id = $11
                OR hallmark.refuse('HK403', 'The key follows its holder, who alone can make it reach further.')))
),
changed AS (
    UPDATE hallmark.client
    SET name = allowed.name, description = allowed.description, holder_id = allowed.holder_id, scopes = allowed.scopes,
        state = CASE WHEN allowed.waits THEN 'waiting' ELSE allowed.state END,
        asker_id = CASE WHEN allowed.waits THEN $11 ELSE client.asker_id END, not_before = allowed.not_before, expires_at = allowed.expires_at
    FROM allowed
    WHERE client.account_id = allowed.account_id AND client.client_id = allowed.client_id
    RETURNING client.*
)
SELECT changed.client_id, changed.account_id, changed.application_id, application.name AS application, changed.name, changed.description,
    changed.holder_id, holder.name AS holder, changed.creator_id, changed.confirmer_id, hallmark.scopes_text(changed.scopes) AS scopes, changed.follows_holder,
    hallmark.scopes_text(hallmark.scopes_lost(changed.scopes, changed.account_id, changed.holder_id)) AS reduced_by, changed.state, changed.office,
    changed.generation, hallmark.secrets_shown(changed.account_id, changed.client_id) AS secrets, changed.not_before, changed.expires_at,
    array_to_string(changed.addresses, ', ') AS addresses, changed.rate_requests, changed.rate_seconds, changed.version,
    changed.created_at
FROM changed JOIN hallmark.application ON application.id = changed.application_id
LEFT JOIN hallmark."user" AS holder ON holder.id = changed.holder_id
