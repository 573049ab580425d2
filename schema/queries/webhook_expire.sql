-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: most bigint
-- columns: dropped bigint
-- Deliveries older than thirty days, and events that have waited for so long because their webhook is off, a small batch at a time. (The
-- history has the events for ever.)
WITH mine AS MATERIALIZED (SELECT pg_try_advisory_xact_lock(7203, 2) AS held), -- one node at a time
old_deliveries AS (
    SELECT ctid FROM hallmark.webhook_delivery
    WHERE (SELECT held FROM mine) AND at < now() - interval '30 days'
    LIMIT $1
),
deliveries AS (
    DELETE FROM hallmark.webhook_delivery WHERE ctid = ANY (ARRAY(SELECT ctid FROM old_deliveries)) RETURNING 1
),
old_events AS (
    SELECT event.ctid
    FROM hallmark.webhook
    JOIN hallmark.webhook_event AS event ON event.account_id = webhook.account_id AND event.webhook_id = webhook.id
    WHERE (SELECT held FROM mine) AND webhook.state <> 'active' AND event.at < now() - interval '30 days'
    LIMIT $1
),
events AS (
    DELETE FROM hallmark.webhook_event WHERE ctid = ANY (ARRAY(SELECT ctid FROM old_events)) RETURNING 1
)
SELECT greatest((SELECT count(*) FROM deliveries), (SELECT count(*) FROM events)) AS dropped
