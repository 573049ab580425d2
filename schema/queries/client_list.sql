-- SPDX-License-Identifier: Apache-2.0
-- lane: admin_list
-- parameters: account_id bigint, holder_id bigint, application_id bigint, state text, after text, most bigint
-- columns: client_id text, account_id bigint, application_id bigint, application text, name text, description text, holder_id bigint,
--   holder text, creator_id bigint, confirmer_id bigint, scopes text, follows_holder boolean, reduced_by text, state text, office boolean,
--   generation bigint, secrets jsonb, not_before timestamptz, expires_at timestamptz, addresses text, rate_requests int, rate_seconds int, version bigint,
--   created_at timestamptz, place text
-- The keys of an account: all, or those of a holder, an application, in a state; of a secret only its mask is known.
-- What a holder may is worked out once a page, not once a key.
WITH page AS MATERIALIZED (
    SELECT *
    FROM hallmark.client
    WHERE account_id = $1
        AND ($2::bigint IS NULL OR holder_id = $2)
        AND ($3::bigint IS NULL OR application_id = $3)
        AND ($4::text IS NULL OR state = $4)
        AND (lower(name), client_id) > (coalesce(hallmark.place_name($5), ''), coalesce(hallmark.place_id($5), '')) -- the index leads to any page
    ORDER BY lower(name), client_id
    LIMIT $6
),
allowed AS MATERIALIZED (
    SELECT holder_id, hallmark.holder_permissions($1, holder_id) AS permissions
    FROM (SELECT DISTINCT holder_id FROM page WHERE holder_id IS NOT NULL) AS holder
)
SELECT page.client_id, page.account_id, page.application_id, application.name AS application, page.name, page.description,
    page.holder_id, holder.name AS holder, page.creator_id, page.confirmer_id, hallmark.scopes_text(page.scopes) AS scopes, page.follows_holder,
    hallmark.scopes_text(ARRAY(SELECT scope FROM unnest(page.scopes) AS scope WHERE NOT scope = ANY (allowed.permissions) ORDER BY scope)) AS reduced_by,
    page.state, page.office, page.generation, hallmark.secrets_shown(page.account_id, page.client_id) AS secrets, page.not_before, page.expires_at,
    array_to_string(page.addresses, ', ') AS addresses, page.rate_requests, page.rate_seconds, page.version,
    page.created_at, hallmark.place_text(page.name, page.client_id) AS place
FROM page
JOIN hallmark.application ON application.id = page.application_id
LEFT JOIN hallmark."user" AS holder ON holder.id = page.holder_id
LEFT JOIN allowed ON allowed.holder_id = page.holder_id
ORDER BY lower(page.name), page.client_id
