-- SPDX-License-Identifier: Apache-2.0
-- lane: write
-- parameters: account_id bigint, digest bytea, client_id text
-- columns: query text
-- What a client pushed, while it can still lead somewhere: opened first in its time, it lives on as long as a login may take.
UPDATE hallmark.authorization_request AS request
SET opened_at = coalesce(opened_at, now())
WHERE account_id = $1 AND digest = $2 AND client_id = $3 AND spent_at IS NULL
    AND CASE WHEN opened_at IS NULL THEN expires_at > now() ELSE opened_at > now() - hallmark.request_open_time() END
RETURNING parameters->>'query' AS query
