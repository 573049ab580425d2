-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: id bigint, requests int, seconds int, actor text
-- columns: id bigint, name text, requests int, seconds int, version bigint
-- How many requests all keys of an application may make together in so many seconds; as client_limit.
UPDATE hallmark.application SET rate_requests = $2, rate_seconds = CASE WHEN $2::int IS NOT NULL THEN coalesce($3, 60) END
WHERE id = $1 AND (SELECT hallmark.act($4))
RETURNING id, name, rate_requests AS requests, rate_seconds AS seconds, version
