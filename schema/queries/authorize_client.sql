-- SPDX-License-Identifier: Apache-2.0
-- lane: read
-- parameters: account_id bigint, client_id text
-- columns: application_id bigint, name text, maker text, redirect_uris text, scopes text, public boolean, pushed_only boolean,
--   pkce_optional boolean, seconds bigint, subject_salt bytea
-- The application that asks for a person's consent through this client, while both may; `seconds`: how long what it gets can last;
-- `subject_salt`: of what it makes its own subjects (NULL: it knows people as all others do).
SELECT application.id AS application_id, application.name, application.maker,
    array_to_string(application.redirect_uris, ' ') AS redirect_uris, hallmark.scopes_text(application.scopes) AS scopes,
    client.public, application.pushed_only, application.pkce_optional,
    extract(epoch FROM hallmark.lifetime_of(CASE WHEN client.public THEN 'refresh_public' ELSE 'refresh_confidential' END))::bigint AS seconds,
    sector.salt AS subject_salt
FROM hallmark.client
JOIN hallmark.application ON application.id = client.application_id AND application.state = 'active'
JOIN hallmark.account ON account.id = client.account_id AND account.state = 'active'
LEFT JOIN hallmark.sector ON sector.application_id = application.id AND application.subject_type = 'pairwise'
WHERE client.account_id = $1 AND client.client_id = $2 AND client.kind = 'application' AND client.state = 'active'
    AND (client.not_before IS NULL OR client.not_before <= now()) AND (client.expires_at IS NULL OR client.expires_at > now())
