-- SPDX-License-Identifier: Apache-2.0
-- lane: write
-- parameters: account_id bigint, jti text, until_us bigint, actor text
-- columns: result text, user_id bigint, grant_id bigint, family_id bigint, scopes text, permissions text, resource text, nonce text,
--   auth_time_us bigint, generation bigint, sealed bytea
-- Revokes one access token until it would have ended by itself.
WITH told AS MATERIALIZED (SELECT set_config('hallmark.actor', $4, true) AS actor),
kept AS (
    INSERT INTO hallmark.revocation AS known (kind, subject, account_id, until)
    SELECT 'jti', $2, $1, hallmark.moment($3) FROM told WHERE told.actor IS NOT NULL
    ON CONFLICT (kind, subject, account_id) DO UPDATE SET until = greatest(known.until, excluded.until)
    RETURNING 1
)
SELECT 'done' AS result, 0::bigint AS user_id, 0::bigint AS grant_id, 0::bigint AS family_id, '' AS scopes, '' AS permissions,
    '' AS resource, NULL::text AS nonce, 0::bigint AS auth_time_us, 0::bigint AS generation, NULL::bytea AS sealed
FROM kept
