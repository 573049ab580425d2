-- SPDX-License-Identifier: Apache-2.0
-- A function of LANGUAGE sql that looks something up is planned anew by every statement that calls it, however often the statement is
-- prepared: several hundred microseconds each, most of what a login, a refresh or a look at a key took here. PL/pgSQL keeps the plan as long
-- as the connection. These are the ones that every request of people and keys goes through; what they say is what they said.

CREATE OR REPLACE FUNCTION hallmark.scopes_sorted(given text[]) RETURNS text[]
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN ARRAY(SELECT DISTINCT token COLLATE "C" FROM unnest(given) AS token ORDER BY 1);
END
$$;

CREATE OR REPLACE FUNCTION hallmark.administrative_words(role text, operator boolean) RETURNS text[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN CASE WHEN role = 'member' THEN '{grants:read,grants:write}'::text[] ELSE (
        SELECT array_agg(noun || ':' || verb)
            || '{history:read}'
            || CASE role WHEN 'owner' THEN '{owners:write}'::text[] ELSE '{}' END
        FROM unnest('{accounts,applications,grants,keys,links,members,offices,reference-rules,secrets,templates,webhooks}'::text[]
            || CASE WHEN operator THEN '{all-accounts,apis,collections,offers,revocations,signing-keys,users}'::text[] ELSE '{}' END) AS noun,
            unnest(CASE role WHEN 'auditor' THEN '{read}'::text[] ELSE '{read,write}' END) AS verb) END;
END
$$;

CREATE OR REPLACE FUNCTION hallmark.permissions_of(role text, operator boolean, permissions text[]) RETURNS text[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN hallmark.scopes_sorted(hallmark.administrative_words(role, operator) || ARRAY(
        SELECT given FROM unnest(permissions) AS given
        WHERE hallmark.history_noun(split_part(given, ':', 1)) IS NULL AND split_part(given, ':', 1) NOT IN ('owners', 'all-accounts')
            AND (role <> 'auditor' OR given LIKE '%:read')));
END
$$;

CREATE OR REPLACE FUNCTION hallmark.holder_permissions(of_account bigint, holder bigint) RETURNS text[]
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN coalesce((
        SELECT hallmark.permissions_of(member.role, account.operator, member.permissions)
        FROM hallmark.member
        JOIN hallmark.account ON account.id = member.account_id
        JOIN hallmark."user" ON "user".id = member.user_id
        WHERE member.account_id = of_account AND member.user_id = holder AND member.state = 'active' AND "user".state = 'active'), '{}');
END
$$;

CREATE OR REPLACE FUNCTION hallmark.access_shut(of_account hallmark.account) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN CASE
        WHEN of_account.id = 0 THEN NULL
        WHEN NOT of_account.api_access THEN 'switched off'
        WHEN of_account.operator THEN NULL
        WHEN of_account.access <> 'granted' THEN of_account.access
        ELSE (SELECT 'plan missing' FROM hallmark.activation
            WHERE plan_needed AND NOT of_account.plan AND NOT (trial_included AND of_account.trial)) END;
END
$$;

CREATE OR REPLACE FUNCTION hallmark.lifetime_of(wanted text) RETURNS interval
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN (SELECT seconds * interval '1 second' FROM hallmark.lifetime WHERE name = wanted);
END
$$;

CREATE OR REPLACE FUNCTION hallmark.member_generation(of_account bigint, of_user bigint) RETURNS bigint
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN (SELECT account.generation + person.generation FROM hallmark.account, hallmark."user" AS person
        WHERE account.id = of_account AND person.id = of_user);
END
$$;

CREATE OR REPLACE FUNCTION hallmark.grant_generation(of_account bigint, of_grant bigint) RETURNS bigint
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN (SELECT hallmark.grant_life(of_account, of_grant) FROM hallmark.account
        WHERE account.id = of_account AND hallmark.access_shut(account) IS NULL);
END
$$;
