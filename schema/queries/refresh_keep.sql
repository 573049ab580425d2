-- SPDX-License-Identifier: Apache-2.0
-- lane: write
-- parameters: account_id bigint, digest bytea, client_id text, scopes text[], resource text
-- columns: result text, user_id bigint, grant_id bigint, family_id bigint, scopes text, permissions text, resource text, nonce text,
--   auth_time_us bigint, generation bigint, sealed bytea
-- Uses the refresh token of a confidential client, which keeps it; not when nothing would be given. No row: refresh_again says why.
WITH used AS (
    UPDATE hallmark.refresh_token AS token SET used_at = now()
    FROM hallmark.family
    WHERE token.account_id = $1 AND token.digest = $2 AND token.spent_at IS NULL
        AND family.account_id = token.account_id AND family.id = token.family_id AND family.client_id = $3
        AND NOT family.rotates AND family.state = 'active' AND family.ends_at > now()
        AND coalesce(token.used_at, token.created_at) > now() - hallmark.lifetime_of('refresh_confidential_idle')
        AND ($4::text[] IS NULL OR $4 <@ family.scopes) AND ($5::text IS NULL OR family.resource IN ('', $5))
        AND hallmark.grant_life(family.account_id, family.grant_id) = family.generation AND hallmark.family_shut(family, $4, $5) IS NULL
    RETURNING family.*
)
SELECT 'done' AS result, used.user_id, used.grant_id, used.id AS family_id, hallmark.scopes_text(used.scopes) AS scopes,
    hallmark.scopes_text(hallmark.holder_permissions(member.account_id, member.user_id)) AS permissions, used.resource, NULL::text AS nonce,
    hallmark.microseconds(used.auth_time) AS auth_time_us, hallmark.member_generation(used.account_id, used.user_id) AS generation, NULL::bytea AS sealed
FROM used JOIN hallmark.member ON member.account_id = used.account_id AND member.user_id = used.user_id
