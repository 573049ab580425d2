-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: account_id bigint, client_id text, application_id bigint, name text, description text, holder_id bigint, scopes text[],
--   digest bytea, mask text, not_before timestamptz, expires_at timestamptz, office boolean, preset text, creator_id bigint,
--   rights text[], idempotency_key bytea, request_digest bytea, actor text
-- columns: client_id text, account_id bigint, application_id bigint, application text, name text, description text, holder_id bigint,
--   holder text, creator_id bigint, confirmer_id bigint, scopes text, follows_holder boolean, reduced_by text, state text, office boolean,
--   generation bigint, secrets jsonb, not_before timestamptz, expires_at timestamptz, version bigint, created_at timestamptz
-- Makes a key with its first secret, for a holder who is an active member and who has every one of the scopes; otherwise no row. The
-- application has to be known to all or the account's own. Instead of scopes a preset can say them: what the application asks for
-- (application), what the holder may at this moment (holder_now) or may ever (holder, only for oneself). Nobody gives more than he has. A wide
-- key waits for a second admin where the account wants that.
WITH holder AS MATERIALIZED (
    SELECT member.user_id, application.id AS application_id,
        CASE $13 WHEN 'application' THEN application.scopes
                 WHEN 'holder_now' THEN may.permissions
                 WHEN 'holder' THEN may.permissions
                 ELSE coalesce(hallmark.scopes_sorted($7), '{}') END AS scopes,
        may.permissions, account.confirm_wide
    FROM hallmark.member
    JOIN hallmark."user" ON "user".id = member.user_id AND "user".state = 'active'
    JOIN hallmark.account ON account.id = member.account_id AND account.state = 'active'
    JOIN hallmark.application ON application.id = $3 AND application.account_id IN (0, $1) AND application.state = 'active'
    CROSS JOIN LATERAL (SELECT hallmark.permissions_of(member.role, account.operator, member.permissions)) AS may (permissions)
    WHERE member.account_id = $1 AND member.user_id = $6 AND member.state = 'active'
    FOR SHARE OF member
),
made AS (
    INSERT INTO hallmark.client
        (account_id, client_id, application_id, name, description, holder_id, creator_id, asker_id, scopes, follows_holder, not_before,
        expires_at, office, state, secrets_made)
    SELECT $1, $2, application_id, $4, coalesce($5, ''), user_id, $14, $14, scopes, coalesce($13 = 'holder', false), $10, $11,
        coalesce($12, false),
        CASE WHEN confirm_wide AND $15::text[] IS NOT NULL
            AND hallmark.key_is_wide(coalesce($13 = 'holder', false), $11, coalesce($12, false)) THEN 'waiting' ELSE 'active' END, 1
    FROM holder
    WHERE hallmark.act($18, $16, $17, $2)
        AND hallmark.key_may_be_made($1, application_id)
        AND (coalesce($13, 'holder') IN ('application', 'holder_now', 'holder')
            OR hallmark.refuse('HK400', 'preset has to be application, holder_now or holder.'))
        AND (scopes <@ permissions
            OR $15::text[] IS NOT NULL AND hallmark.refuse('HK403', format('The holder does not have: %s.', hallmark.scopes_text(ARRAY(
                SELECT unnest(scopes) EXCEPT SELECT unnest(permissions) ORDER BY 1)))))
        AND hallmark.within(scopes, $15)
        AND ($13 IS DISTINCT FROM 'holder' OR $15::text[] IS NULL OR user_id = $14
            OR hallmark.refuse('HK403', 'A key that follows its holder can be made by the holder alone.'))
    RETURNING *
),
secret AS (
    INSERT INTO hallmark.client_secret (account_id, client_id, id, digest, mask)
    SELECT account_id, client_id, 1, $8, $9 FROM made
)
SELECT made.client_id, made.account_id, made.application_id, application.name AS application, made.name, made.description, made.holder_id,
    holder.name AS holder, made.creator_id, made.confirmer_id, hallmark.scopes_text(made.scopes) AS scopes, made.follows_holder, '' AS reduced_by, made.state,
    made.office, made.generation, jsonb_build_array(jsonb_build_object('number', 1, 'mask', $9, 'created_at', made.created_at)) AS secrets,
    made.not_before, made.expires_at, made.version, made.created_at
FROM made JOIN hallmark.application ON application.id = made.application_id
LEFT JOIN hallmark."user" AS holder ON holder.id = made.holder_id
