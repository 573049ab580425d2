-- SPDX-License-Identifier: Apache-2.0
-- A refresh token is not spent while nothing would be given for it: what was only paused takes nothing with it (migration 0037). In PL/pgSQL,
-- so that the plans are kept (migration 0046).

-- The generation of what a grant hangs on, whether or not the account has access to the API now; NULL when one of them is not alive.
CREATE FUNCTION hallmark.grant_life(of_account bigint, of_grant bigint) RETURNS bigint
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN (
        SELECT account.generation + person.generation + application.generation
        FROM hallmark."grant" AS given
        JOIN hallmark.account ON account.id = given.account_id AND account.state = 'active'
        JOIN hallmark.member ON (member.account_id, member.user_id) = (given.account_id, given.user_id) AND member.state = 'active'
        JOIN hallmark."user" AS person ON person.id = given.user_id AND person.state = 'active'
        JOIN hallmark.application ON application.id = given.application_id AND application.state = 'active'
        WHERE given.account_id = of_account AND given.id = of_grant AND given.state = 'active');
END
$$;

-- Why a living family would be given nothing now; NULL: it would be given something. `asked`: scopes of its own (NULL: all); `target`: the
-- audience (empty or NULL: none was named). Of the scopes there has to be one that OpenID has, or that person and application both have
-- now; those of the management API are of no use to another audience.
CREATE FUNCTION hallmark.family_shut(of_family hallmark.family, asked text[], target text) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN (
        SELECT CASE
            WHEN access.shut = 'switched off' THEN 'access off'
            WHEN access.shut = 'plan missing' THEN 'plan missing'
            WHEN access.shut IS NOT NULL THEN 'access not granted'
            WHEN api.state = 'disabled' THEN 'target'
            WHEN NOT EXISTS (
                SELECT FROM unnest(coalesce(asked, of_family.scopes)) AS wanted (scope)
                WHERE wanted.scope = ANY (hallmark.scopes_identity())
                    OR wanted.scope = ANY (may.permissions) AND wanted.scope = ANY (application.scopes)
                        AND (api.id IS NULL OR wanted.scope = 'history:read'
                            OR NOT wanted.scope = ANY (hallmark.administrative_words('owner', true)))) THEN 'nothing'
        END
        FROM hallmark."grant" AS given
        JOIN hallmark.account ON account.id = given.account_id
        JOIN hallmark.application ON application.id = given.application_id
        LEFT JOIN hallmark.api ON api.audience = coalesce(nullif(of_family.resource, ''), target)
        CROSS JOIN LATERAL (SELECT hallmark.access_shut(account)) AS access (shut)
        CROSS JOIN LATERAL (SELECT hallmark.holder_permissions(given.account_id, given.user_id)) AS may (permissions)
        WHERE given.account_id = of_family.account_id AND given.id = of_family.grant_id);
END
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA hallmark FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hallmark.grant_life, hallmark.family_shut TO hallmark_server;
