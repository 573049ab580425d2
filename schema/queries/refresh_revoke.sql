-- SPDX-License-Identifier: Apache-2.0
-- lane: write
-- parameters: account_id bigint, digest bytea, client_id text, actor text
-- columns: result text, user_id bigint, grant_id bigint, family_id bigint, scopes text, permissions text, resource text, nonce text,
--   auth_time_us bigint, generation bigint, sealed bytea
-- Ends the family of a refresh token of this client, spent or not, and every access token with it. No row: there is none that lives.
WITH told AS MATERIALIZED (SELECT set_config('hallmark.actor', $4, true) AS actor),
ended AS (
    UPDATE hallmark.family SET state = 'revoked', reason = 'the client revoked a token'
    FROM told, hallmark.refresh_token AS token
    WHERE told.actor IS NOT NULL AND token.account_id = $1 AND token.digest = $2
        AND family.account_id = token.account_id AND family.id = token.family_id AND family.client_id = $3 AND family.state = 'active'
    RETURNING family.user_id, family.grant_id, family.id
)
SELECT 'done' AS result, user_id, grant_id, id AS family_id, '' AS scopes, '' AS permissions, '' AS resource, NULL::text AS nonce,
    0::bigint AS auth_time_us, 0::bigint AS generation, NULL::bytea AS sealed
FROM ended
