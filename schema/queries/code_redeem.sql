-- SPDX-License-Identifier: Apache-2.0
-- lane: write
-- parameters: account_id bigint, digest bytea, client_id text, redirect_uri text, code_challenge text, resource text,
--   refresh_digest bytea
-- columns: result text, user_id bigint, grant_id bigint, family_id bigint, scopes text, permissions text, resource text, nonce text,
--   auth_time_us bigint, generation bigint, sealed bytea
-- Spends a code and keeps what it yields, its family and the first refresh token: of any number at the same moment one. No row: it is
-- unknown, over, used, another client's, or not what the request says of it; nothing is changed then, and code_again says more.
WITH spent AS (
    UPDATE hallmark.authorization_code AS code SET used_at = now()
    WHERE code.account_id = $1 AND code.digest = $2 AND code.used_at IS NULL AND code.expires_at > now()
        AND code.client_id = $3
        AND (code.redirect_uri = $4 OR ($4 IS NULL AND NOT code.redirect_sent))
        AND code.code_challenge IS NOT DISTINCT FROM $5
        AND ($6::text IS NULL OR code.resource IN ('', $6))
        AND hallmark.grant_generation(code.account_id, code.grant_id) = code.generation
    RETURNING code.*
),
family AS (
    INSERT INTO hallmark.family
        (account_id, id, grant_id, user_id, client_account_id, client_id, scopes, resource, auth_time, session_id, methods, id_token_claims,
        rotates, ends_at, generation)
    SELECT spent.account_id, spent.family_id, spent.grant_id, spent.user_id, spent.client_account_id, spent.client_id, spent.scopes,
        coalesce(nullif(spent.resource, ''), $6, ''), spent.auth_time, spent.session_id, spent.methods, spent.id_token_claims, client.public,
        now() + hallmark.lifetime_of(CASE WHEN client.public THEN 'refresh_public' ELSE 'refresh_confidential' END), spent.generation
    FROM spent JOIN hallmark.client ON client.account_id = spent.client_account_id AND client.client_id = spent.client_id
    RETURNING *
),
token AS (
    INSERT INTO hallmark.refresh_token (account_id, digest, family_id) SELECT account_id, $7, id FROM family RETURNING family_id
)
SELECT 'done' AS result, family.user_id, family.grant_id, family.id AS family_id, hallmark.scopes_text(family.scopes) AS scopes,
    hallmark.scopes_text(hallmark.holder_permissions(member.account_id, member.user_id)) AS permissions, family.resource, spent.nonce,
    hallmark.microseconds(family.auth_time) AS auth_time_us, hallmark.member_generation(family.account_id, family.user_id) AS generation, NULL::bytea AS sealed
FROM family
JOIN token ON token.family_id = family.id
JOIN spent ON spent.family_id = family.id
JOIN hallmark.member ON member.account_id = family.account_id AND member.user_id = family.user_id
