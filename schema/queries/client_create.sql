-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: account_id bigint, client_id text, application_id bigint, name text, description text, holder_id bigint, scopes text[],
--   digest bytea, mask text, not_before timestamptz, expires_at timestamptz, office boolean
-- columns: client_id text, account_id bigint, application_id bigint, name text, holder_id bigint, scopes text, state text,
--   created_at timestamptz
-- Makes a key with its first secret, for a holder who is an active member and who has every one of the scopes; otherwise no row. The
-- application has to be known to all or the account's own.
WITH made AS (
    INSERT INTO hallmark.client
        (account_id, client_id, application_id, name, description, holder_id, scopes, not_before, expires_at, office, secrets_made)
    SELECT $1, $2, application.id, $4, coalesce($5, ''), member.user_id, hallmark.scopes_sorted($7), $10, $11, coalesce($12, false), 1
    FROM hallmark.member
    JOIN hallmark."user" ON "user".id = member.user_id AND "user".state = 'active'
    JOIN hallmark.account ON account.id = member.account_id AND account.state = 'active'
    JOIN hallmark.application ON application.id = $3 AND application.account_id IN (0, $1) AND application.state = 'active'
    WHERE member.account_id = $1 AND member.user_id = $6 AND member.state = 'active' AND $7 <@ member.permissions
    FOR SHARE OF member
    RETURNING *
),
secret AS (
    INSERT INTO hallmark.client_secret (account_id, client_id, id, digest, mask)
    SELECT account_id, client_id, 1, $8, $9 FROM made
)
SELECT client_id, account_id, application_id, name, holder_id, hallmark.scopes_text(scopes) AS scopes, state, created_at FROM made
