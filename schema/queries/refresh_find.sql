-- SPDX-License-Identifier: Apache-2.0
-- lane: read
-- parameters: account_id bigint, digest bytea, client_id text
-- columns: user_id bigint, grant_id bigint, family_id bigint, scopes text, resource text, issued_us bigint, ends_us bigint,
--   generation bigint
-- A refresh token of this client that would be taken now: looked at, and neither used nor spent by it. No row: there is none. It ends with
-- its family, or when it is not used for so long, whichever comes first. What is left of the scopes is not asked here.
SELECT
    family.user_id,
    family.grant_id,
    family.id AS family_id,
    hallmark.scopes_text(family.scopes) AS scopes,
    family.resource,
    hallmark.microseconds(token.created_at) AS issued_us,
    hallmark.microseconds(least(family.ends_at, idle.ends_at)) AS ends_us,
    hallmark.member_generation(family.account_id, family.user_id) AS generation
FROM hallmark.refresh_token AS token
JOIN hallmark.family ON family.account_id = token.account_id AND family.id = token.family_id
CROSS JOIN LATERAL (
    SELECT coalesce(token.used_at, token.created_at)
        + hallmark.lifetime_of(CASE WHEN family.rotates THEN 'refresh_public_idle' ELSE 'refresh_confidential_idle' END)
) AS idle (ends_at)
WHERE token.account_id = $1 AND token.digest = $2 AND token.spent_at IS NULL
    AND family.client_id = $3 AND family.state = 'active' AND least(family.ends_at, idle.ends_at) > now()
    AND hallmark.grant_generation(family.account_id, family.grant_id) = family.generation
