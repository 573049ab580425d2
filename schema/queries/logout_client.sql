-- SPDX-License-Identifier: Apache-2.0
-- lane: read
-- parameters: account_id bigint, client_id text, redirect_uri text
-- columns: name text, registered boolean
-- The application whose client this is, while both are active, and whether its users may be sent to this URI after logging out.
SELECT application.name, coalesce($3::text = ANY (application.post_logout_redirect_uris), false) AS registered
FROM hallmark.client
JOIN hallmark.application ON application.id = client.application_id AND application.state = 'active'
WHERE client.account_id = $1 AND client.client_id = $2 AND client.kind = 'application' AND client.state = 'active'
