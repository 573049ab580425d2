-- SPDX-License-Identifier: Apache-2.0
-- lane: write
-- parameters: account_id bigint, digest bytea, client_id text, code_challenge text, authenticated boolean, resource text, actor text
-- columns: result text, user_id bigint, grant_id bigint, family_id bigint, scopes text, permissions text, resource text, nonce text,
--   auth_time_us bigint, generation bigint, sealed bytea
-- Why a code was not redeemed. One that was used already, by its own client who has proven itself (by its secret, or as a public one by
-- the verifier): what the first use gave ends here, and the result is "used". "target": all fits but the resource. Else no row, whatever
-- it is that does not fit.
WITH told AS MATERIALIZED (SELECT set_config('hallmark.actor', $7, true) AS actor),
code AS MATERIALIZED (
    SELECT known.* FROM told, hallmark.authorization_code AS known
    WHERE told.actor IS NOT NULL AND known.account_id = $1 AND known.digest = $2 AND known.client_id = $3
        AND ($5 OR known.code_challenge = $4)
),
ended AS (
    UPDATE hallmark.family SET state = 'revoked', reason = 'the code was used again'
    FROM code
    WHERE code.used_at IS NOT NULL AND family.account_id = code.account_id AND family.id = code.family_id AND family.state = 'active'
    RETURNING family.id
)
SELECT CASE WHEN code.used_at IS NOT NULL THEN 'used' ELSE 'target' END AS result, code.user_id, code.grant_id, code.family_id,
    '' AS scopes, '' AS permissions, code.resource, NULL::text AS nonce, 0::bigint AS auth_time_us, 0::bigint AS generation, NULL::bytea AS sealed
FROM code LEFT JOIN ended ON true
WHERE code.used_at IS NOT NULL
    OR code.expires_at > now() AND $6::text IS NOT NULL AND code.resource NOT IN ('', $6)
        AND code.code_challenge IS NOT DISTINCT FROM $4
