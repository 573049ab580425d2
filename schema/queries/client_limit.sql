-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: account_id bigint, client_id text, requests int, seconds int, actor text
-- columns: client_id text, name text, requests int, seconds int, version bigint
-- How many requests a key may make in so many seconds (a minute, unless said otherwise); 0: as many as it likes; NULL: what the server was
-- started with.
UPDATE hallmark.client SET rate_requests = $3, rate_seconds = CASE WHEN $3::int IS NOT NULL THEN coalesce($4, 60) END
WHERE account_id = $1 AND client_id = $2 AND state <> 'deleted' AND (SELECT hallmark.act($5))
RETURNING client_id, name, rate_requests AS requests, rate_seconds AS seconds, version
