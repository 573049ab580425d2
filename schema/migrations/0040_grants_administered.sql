-- SPDX-License-Identifier: Apache-2.0
-- Grants are administered as all else is. Every member may see and take back what they gave themselves (an auditor, who only
-- reads, may see it); grants of others are seen by whoever
-- may see members, and taken back by whoever may change them.
CREATE OR REPLACE FUNCTION hallmark.administrative_words(role text, operator boolean) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN role = 'member' THEN '{grants:read,grants:write}'::text[] ELSE (
        SELECT array_agg(noun || ':' || verb)
            || '{history:read}'
            || CASE role WHEN 'owner' THEN '{owners:write}'::text[] ELSE '{}' END
        FROM unnest('{accounts,applications,grants,keys,links,members,offices,reference-rules,secrets,templates,webhooks}'::text[]
            || CASE WHEN operator THEN '{all-accounts,apis,collections,offers,revocations,signing-keys,users}'::text[] ELSE '{}' END) AS noun,
            unnest(CASE role WHEN 'auditor' THEN '{read}'::text[] ELSE '{read,write}' END) AS verb) END;

-- When tokens were last had by what came of a grant.
CREATE FUNCTION hallmark.grant_last_used(of_account bigint, of_grant bigint) RETURNS timestamptz
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    RETURN (
        SELECT max(greatest(token.created_at, token.used_at)) FROM hallmark.family
        JOIN hallmark.refresh_token AS token ON token.account_id = family.account_id AND token.family_id = family.id
        WHERE family.account_id = of_account AND family.grant_id = of_grant);
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA hallmark FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hallmark.grant_last_used TO hallmark_server;
