-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: account_id bigint, id bigint, event_id bigint, from_at timestamptz, to_at timestamptz
-- columns: events bigint
-- Sends again: one event, or all of a range of time that this webhook would have been told of. They come out of the history, so it does not
-- matter whether they were delivered, given up, or made while the webhook was off; each keeps its id. What is under way is left alone.
WITH again AS (
    INSERT INTO hallmark.webhook_event (account_id, webhook_id, collection_id, record_id, id, at, due_at)
    SELECT webhook.account_id, webhook.id, change.collection_id, change.record_id, change.id, change.at, now()
    FROM hallmark.webhook
    JOIN hallmark.change_history AS change ON change.account_id = webhook.account_id AND change.collection_id > 0 -- no administration
        AND hallmark.webhook_kind(change.method) = ANY (webhook.kinds)
        AND (cardinality(webhook.collections) = 0 OR change.collection = ANY (webhook.collections))
    WHERE webhook.account_id = $1 AND webhook.id = $2
        AND (change.id = $3::bigint OR ($3 IS NULL AND change.at >= $4 AND change.at < coalesce($5::timestamptz, 'infinity')))
    ON CONFLICT (account_id, webhook_id, collection_id, record_id, id) DO UPDATE SET due_at = now(), attempts = 0
        WHERE webhook_event.lease IS NULL
    RETURNING 1
)
SELECT count(*) AS events FROM again
