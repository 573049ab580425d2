-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: account_id bigint, id bigint, state text
-- columns: id bigint, name text, state text
-- Switches a webhook on or off by hand. What waits in its outbox stays; switched on again it begins with a clean record, at once.
WITH changed AS (
    UPDATE hallmark.webhook
    SET state = $3, reason = CASE WHEN $3 = 'active' THEN NULL WHEN state = 'active' THEN 'switched off' ELSE reason END
    WHERE account_id = $1 AND id = $2
    RETURNING id, name, state
),
health AS (
    UPDATE hallmark.webhook_health SET failing_since = NULL, failures = 0, hold_until = '-infinity'
    WHERE account_id = $1 AND webhook_id = $2 AND $3 = 'active'
),
events AS (
    UPDATE hallmark.webhook_event SET due_at = now()
    WHERE account_id = $1 AND webhook_id = $2 AND $3 = 'active' AND lease IS NULL AND due_at > now()
)
SELECT id, name, state FROM changed
