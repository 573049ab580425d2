-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: lease bigint, results jsonb, pause_seconds bigint
-- columns: account_id bigint, webhook_id bigint, state text, reason text
-- What came of leased events, many at once: each goes to the delivery log; what is done leaves the outbox, and the rest waits. A row whose
-- lease another node has taken over meanwhile stays as it is. Returns the webhooks that stop by this: the receiver wants no more (410), or
-- has failed for so long.
WITH result AS MATERIALIZED (
    SELECT *
    FROM jsonb_to_recordset($2) AS result (
        account_id bigint, webhook_id bigint, collection_id int, record_id bigint, id bigint, attempt int, at_us bigint, type text,
        result text, status int, detail text, milliseconds bigint, delay_ms bigint, hold_ms bigint)
),
logged AS (
    INSERT INTO hallmark.webhook_delivery
        (account_id, webhook_id, event_id, attempt, at, type, result, status, detail, milliseconds, next_at)
    SELECT account_id, webhook_id, id, attempt, to_timestamp(at_us / 1000000.0), type, result, nullif(status, 0), detail, milliseconds,
        CASE WHEN result = 'retry' THEN now() + delay_ms * interval '1 millisecond' END
    FROM result
    ON CONFLICT DO NOTHING
),
done AS (
    DELETE FROM hallmark.webhook_event AS event
    USING result
    WHERE event.account_id = result.account_id AND event.webhook_id = result.webhook_id AND event.collection_id = result.collection_id
        AND event.record_id = result.record_id AND event.id = result.id AND event.lease = $1 AND result.result <> 'retry'
),
-- The next event of the record goes at once, though it was to wait as long as this one.
next AS (
    UPDATE hallmark.webhook_event AS event
    SET due_at = now()
    FROM result
    WHERE event.account_id = result.account_id AND event.webhook_id = result.webhook_id AND event.collection_id = result.collection_id
        AND event.record_id = result.record_id AND result.result <> 'retry' AND event.lease IS NULL AND event.due_at > now()
        AND event.attempts = 0
        AND event.id = (
            SELECT min(id)
            FROM hallmark.webhook_event AS follower
            WHERE follower.account_id = result.account_id AND follower.webhook_id = result.webhook_id
                AND follower.collection_id = result.collection_id AND follower.record_id = result.record_id AND follower.id > result.id
        )
),
again AS (
    UPDATE hallmark.webhook_event AS event
    SET due_at = now() + result.delay_ms * interval '1 millisecond', lease = NULL
    FROM result
    WHERE event.account_id = result.account_id AND event.webhook_id = result.webhook_id AND event.collection_id = result.collection_id
        AND event.record_id = result.record_id AND event.id = result.id AND event.lease = $1 AND result.result = 'retry'
),
told AS MATERIALIZED (
    SELECT account_id, webhook_id, bool_or(result = 'delivered') AS delivered, bool_or(result = 'gone') AS gone, max(hold_ms) AS hold_ms,
        count(*) AS attempts
    FROM result
    GROUP BY account_id, webhook_id
),
health AS (
    UPDATE hallmark.webhook_health AS health
    SET failing_since = CASE WHEN NOT told.delivered THEN coalesce(health.failing_since, now()) END,
        failures = CASE WHEN told.delivered THEN 0 ELSE health.failures + told.attempts END,
        hold_until = greatest(health.hold_until, now() + told.hold_ms * interval '1 millisecond')
    FROM told
    WHERE health.account_id = told.account_id AND health.webhook_id = told.webhook_id
        AND (told.gone OR NOT told.delivered OR told.hold_ms > 0 OR health.failing_since IS NOT NULL)
    RETURNING health.account_id, health.webhook_id, health.failing_since, health.failures
)
UPDATE hallmark.webhook
SET state = CASE WHEN told.gone THEN 'disabled' ELSE 'paused' END,
    reason = CASE WHEN told.gone THEN 'the receiver answered 410 Gone' ELSE 'the receiver failed for days' END
FROM told
JOIN health USING (account_id, webhook_id)
WHERE webhook.account_id = told.account_id AND webhook.id = told.webhook_id AND webhook.state = 'active'
    AND (told.gone OR (health.failing_since <= now() - $3::bigint * interval '1 second' AND health.failures > 2))
RETURNING webhook.account_id, webhook.id AS webhook_id, webhook.state, webhook.reason
