-- SPDX-License-Identifier: Apache-2.0
-- lane: write
-- parameters: account_id bigint, digest bytea, client_id text, scopes text[], resource text, actor text
-- columns: result text, user_id bigint, grant_id bigint, family_id bigint, scopes text, permissions text, resource text, nonce text,
--   auth_time_us bigint, generation bigint, sealed bytea
-- Why a refresh token was not taken. "again": it was spent a moment ago and its successor is not used yet, so an answer was lost or two
-- asked at once; the successor is told once more. "used": it was spent before that, so somebody else has it too, and the whole family ends
-- here. "scope", "target": all fits but what was asked for. "nothing", "access off", "access not granted", "plan missing" (and "target",
-- while the api is off): all fits, but nothing can be given now, and the token stays for when it can. Else no row, whatever it is that does
-- not fit.
WITH told AS MATERIALIZED (SELECT set_config('hallmark.actor', $6, true) AS actor),
token AS MATERIALIZED (
    SELECT family.*, known.spent_at, known.successor_sealed, known.created_at AS made_at, known.used_at,
        known.spent_at > now() - hallmark.lifetime_of('refresh_retry') AND coalesce(heir.spent_at, heir.used_at) IS NULL AS is_retry,
        ($4::text[] IS NULL OR $4 <@ family.scopes) AS scope_fits, ($5::text IS NULL OR family.resource IN ('', $5)) AS target_fits,
        hallmark.family_shut(family, $4, $5) AS shut
    FROM told, hallmark.refresh_token AS known
    JOIN hallmark.family ON family.account_id = known.account_id AND family.id = known.family_id
    LEFT JOIN hallmark.refresh_token AS heir ON heir.account_id = known.account_id AND heir.digest = known.successor
    WHERE told.actor IS NOT NULL AND known.account_id = $1 AND known.digest = $2 AND family.client_id = $3 AND family.state = 'active'
        AND family.ends_at > now()
        AND coalesce(known.used_at, known.created_at)
            > now() - hallmark.lifetime_of(CASE WHEN family.rotates THEN 'refresh_public_idle' ELSE 'refresh_confidential_idle' END)
),
ended AS (
    UPDATE hallmark.family SET state = 'revoked', reason = 'a spent refresh token was used again'
    FROM token
    WHERE token.spent_at IS NOT NULL AND NOT token.is_retry AND family.account_id = token.account_id AND family.id = token.id
        AND family.state = 'active'
    RETURNING family.id
)
SELECT
    CASE
        WHEN token.spent_at IS NOT NULL AND NOT token.is_retry THEN 'used'
        WHEN NOT token.scope_fits THEN 'scope'
        WHEN NOT token.target_fits THEN 'target'
        ELSE coalesce(token.shut, 'again')
    END AS result,
    token.user_id, token.grant_id, token.id AS family_id, hallmark.scopes_text(token.scopes) AS scopes,
    hallmark.scopes_text(hallmark.holder_permissions(member.account_id, member.user_id)) AS permissions, token.resource, NULL::text AS nonce,
    hallmark.microseconds(token.auth_time) AS auth_time_us, hallmark.member_generation(token.account_id, token.user_id) AS generation,
    CASE WHEN token.is_retry AND token.scope_fits AND token.target_fits AND token.shut IS NULL THEN token.successor_sealed END AS sealed
FROM token
JOIN hallmark.member ON member.account_id = token.account_id AND member.user_id = token.user_id
LEFT JOIN ended ON true
WHERE token.spent_at IS NOT NULL AND NOT token.is_retry
    OR hallmark.grant_life(token.account_id, token.grant_id) = token.generation
        AND (token.spent_at IS NOT NULL OR NOT token.scope_fits OR NOT token.target_fits OR token.shut IS NOT NULL)
