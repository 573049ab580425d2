-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: account_id bigint, id bigint, event_id bigint, most bigint
-- columns: event_id bigint, type text, attempt int, at timestamptz, result text, status int, milliseconds bigint, next_at timestamptz,
--   detail text
-- The latest attempts of a webhook, the newest first; of all events or of one.
SELECT event_id, type, attempt, at, result, status, milliseconds, next_at, detail
FROM hallmark.webhook_delivery
WHERE account_id = $1 AND webhook_id = $2 AND ($3::bigint IS NULL OR event_id = $3)
ORDER BY at DESC, event_id DESC
LIMIT coalesce($4::bigint, 100)
