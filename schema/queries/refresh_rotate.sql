-- SPDX-License-Identifier: Apache-2.0
-- lane: write
-- parameters: account_id bigint, digest bytea, client_id text, scopes text[], resource text, successor bytea, successor_sealed bytea
-- columns: result text, user_id bigint, grant_id bigint, family_id bigint, scopes text, permissions text, resource text, nonce text,
--   auth_time_us bigint, generation bigint, sealed bytea
-- Spends the refresh token of a public client and keeps its successor: of any number at the same moment one. Not when nothing would
-- be given. No row: refresh_again says why.
WITH spent AS (
    UPDATE hallmark.refresh_token AS token SET spent_at = now(), successor = $6, successor_sealed = $7
    FROM hallmark.family
    WHERE token.account_id = $1 AND token.digest = $2 AND token.spent_at IS NULL
        AND family.account_id = token.account_id AND family.id = token.family_id AND family.client_id = $3
        AND family.rotates AND family.state = 'active' AND family.ends_at > now()
        AND token.created_at > now() - hallmark.lifetime_of('refresh_public_idle')
        AND ($4::text[] IS NULL OR $4 <@ family.scopes) AND ($5::text IS NULL OR family.resource IN ('', $5))
        AND hallmark.grant_life(family.account_id, family.grant_id) = family.generation AND hallmark.family_shut(family, $4, $5) IS NULL
    RETURNING family.*
),
fresh AS (
    INSERT INTO hallmark.refresh_token (account_id, digest, family_id) SELECT account_id, $6, id FROM spent RETURNING family_id
)
SELECT 'done' AS result, spent.user_id, spent.grant_id, spent.id AS family_id, hallmark.scopes_text(spent.scopes) AS scopes,
    hallmark.scopes_text(hallmark.holder_permissions(member.account_id, member.user_id)) AS permissions, spent.resource, NULL::text AS nonce,
    hallmark.microseconds(spent.auth_time) AS auth_time_us, hallmark.member_generation(spent.account_id, spent.user_id) AS generation, NULL::bytea AS sealed
FROM spent
JOIN fresh ON fresh.family_id = spent.id
JOIN hallmark.member ON member.account_id = spent.account_id AND member.user_id = spent.user_id
