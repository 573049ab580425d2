-- SPDX-License-Identifier: Apache-2.0
-- lane: write
-- parameters: account_id bigint, user_id bigint, application_id bigint, client_account_id bigint, client_id text, grant_id bigint,
--   family_id bigint, digest bytea, redirect_uri text, redirect_sent boolean, code_challenge text, scopes text[], resource text,
--   nonce text, auth_time_us bigint, session_id bigint, request bytea, methods text[], id_token_claims text[], actor text
-- columns: grant_id bigint, scopes text
-- Keeps a code for what a person has just consented to, and the consent with it: the grant that there is gets the new scopes too, or one
-- with the given id is made. The pushed request that led here (NULL: none) is spent with it, and the login it comes of is held until the
-- code stands: whoever ends it finds the code. No row, and nothing is kept, when the person, the account or the application may not, the
-- login has ended, the request is spent already, or a scope is neither the person's permission now and among the application's scopes, nor
-- one of OpenID's.
WITH told AS MATERIALIZED (SELECT set_config('hallmark.actor', $20, true) AS actor),
login AS MATERIALIZED (
    SELECT FROM hallmark.session AS login
    WHERE login.user_id = $2 AND login.id = $16 AND hallmark.session_lives(login.created_at, login.seen_at)
    FOR KEY SHARE
),
able AS (
    SELECT hallmark.scopes_sorted($12) AS scopes, account.generation + person.generation + application.generation AS generation
    FROM told, hallmark.member
    JOIN hallmark.account ON account.id = member.account_id AND account.state = 'active' AND hallmark.access_shut(account) IS NULL
    JOIN hallmark."user" AS person ON person.id = member.user_id AND person.state = 'active'
    JOIN hallmark.client ON client.account_id = $4 AND client.client_id = $5 AND client.state = 'active' AND client.kind = 'application'
    JOIN hallmark.application ON application.id = client.application_id AND application.id = $3 AND application.state = 'active'
    WHERE told.actor IS NOT NULL AND member.account_id = $1 AND member.user_id = $2 AND member.state = 'active'
        AND client.account_id IN (0, member.account_id) AND ($16 = 0 OR EXISTS (SELECT FROM login))
        AND ARRAY(SELECT unnest($12) EXCEPT SELECT unnest(hallmark.scopes_identity())) <@ hallmark.holder_permissions(member.account_id, member.user_id)
        AND ARRAY(SELECT unnest($12) EXCEPT SELECT unnest(hallmark.scopes_identity())) <@ application.scopes
    FOR SHARE OF member
),
spent AS (
    UPDATE hallmark.authorization_request AS request SET spent_at = now()
    FROM able
    WHERE request.account_id = $4 AND request.digest = $17 AND request.client_id = $5 AND request.spent_at IS NULL
    RETURNING request.digest
),
given AS (
    INSERT INTO hallmark."grant" AS known (account_id, id, user_id, application_id, scopes)
    SELECT $1, $6, $2, $3, scopes FROM able WHERE $17::bytea IS NULL OR EXISTS (SELECT FROM spent)
    ON CONFLICT (account_id, user_id, application_id) WHERE state = 'active'
    DO UPDATE SET scopes = hallmark.scopes_sorted(known.scopes || excluded.scopes)
    RETURNING id
),
kept AS (
    INSERT INTO hallmark.authorization_code
        (account_id, digest, grant_id, family_id, user_id, client_account_id, client_id, redirect_uri, redirect_sent, code_challenge,
        scopes, resource, nonce, auth_time, session_id, methods, id_token_claims, expires_at, generation)
    SELECT $1, $8, given.id, $7, $2, $4, $5, $9, $10, $11, able.scopes, $13, $14, hallmark.moment($15), nullif($16::bigint, 0),
        coalesce($18::text[], '{}'), coalesce($19::text[], '{}'), now() + hallmark.lifetime_of('code'), able.generation
    FROM given, able
    RETURNING grant_id, scopes
)
SELECT grant_id, hallmark.scopes_text(scopes) AS scopes FROM kept
