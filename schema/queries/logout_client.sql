-- SPDX-License-Identifier: Apache-2.0
-- lane: read
-- parameters: account_id bigint, client_id text, redirect_uri text
-- columns: name text, active boolean, registered boolean, subject_salt bytea
-- The application whose client this is, whether both are active, and whether its users may be sent to this URI after logging out;
-- `subject_salt`: of what it makes its own subjects (NULL: it knows people and logins as all others do).
SELECT application.name, application.state = 'active' AND client.state = 'active' AS active,
    coalesce($3::text = ANY (application.post_logout_redirect_uris), false) AS registered,
    sector.salt AS subject_salt
FROM hallmark.client
JOIN hallmark.application ON application.id = client.application_id
LEFT JOIN hallmark.sector ON sector.application_id = application.id AND application.subject_type = 'pairwise'
WHERE client.account_id = $1 AND client.client_id = $2 AND client.kind = 'application'
