-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: lease bigint, seconds bigint, most bigint, most_each bigint
-- columns: account_id bigint, webhook_id bigint, collection_id int, record_id bigint, id bigint, attempt int, at_us bigint, type text,
--   url text, signing text, sealed bytea, old_sealed bytea, collection text, version bigint, application_name text, client_id text,
--   external_references text, changed text, document text
-- Takes events to send for some seconds, and what is told of each: of every webhook that is ready the oldest unsent ones of their records,
-- and not more than it may have under way on all nodes together (fewer while it fails, so that a dead receiver takes no room from others).
-- Of two nodes that ask at once each gets other rows. What is not reported before the lease ends is taken again.
WITH RECURSIVE waiting AS ( -- the webhooks that have events, without a look at every event
    (SELECT account_id, webhook_id FROM hallmark.webhook_event ORDER BY account_id, webhook_id LIMIT 1)
    UNION ALL
    SELECT next.account_id, next.webhook_id
    FROM waiting
    CROSS JOIN LATERAL (
        SELECT account_id, webhook_id
        FROM hallmark.webhook_event
        WHERE (account_id, webhook_id) > (waiting.account_id, waiting.webhook_id)
        ORDER BY account_id, webhook_id
        LIMIT 1
    ) AS next
),
ready AS MATERIALIZED (
    SELECT waiting.account_id, waiting.webhook_id,
        CASE WHEN webhook_health.failing_since IS NULL THEN $4::bigint ELSE least($4, 2) END - (
            SELECT count(*)
            FROM hallmark.webhook_event AS leased
            WHERE leased.account_id = waiting.account_id AND leased.webhook_id = waiting.webhook_id
                AND leased.lease IS NOT NULL AND leased.due_at > now()
        ) AS room
    FROM waiting
    JOIN hallmark.webhook ON webhook.account_id = waiting.account_id AND webhook.id = waiting.webhook_id AND webhook.state = 'active'
    JOIN hallmark.account ON account.id = waiting.account_id AND account.webhooks AND account.state = 'active'
    JOIN hallmark.webhook_health ON webhook_health.account_id = waiting.account_id AND webhook_health.webhook_id = waiting.webhook_id
        AND webhook_health.hold_until <= now()
    ORDER BY random() -- whose id is small is not always first
),
-- What is due, each with the oldest event of its record; a part of it when it is much, so that one full outbox holds up nobody.
candidate AS MATERIALIZED (
    SELECT due.*, head.id AS head_id, head.lease AS head_lease, head.due_at AS head_due_at,
        row_number() OVER (PARTITION BY due.account_id, due.webhook_id, head.id = due.id ORDER BY due.due_at, due.id) AS place, ready.room
    FROM ready
    CROSS JOIN LATERAL (
        SELECT account_id, webhook_id, collection_id, record_id, id, due_at
        FROM hallmark.webhook_event AS event
        WHERE event.account_id = ready.account_id AND event.webhook_id = ready.webhook_id AND event.due_at <= now()
        ORDER BY event.due_at
        LIMIT CASE WHEN ready.room > 0 THEN 500 ELSE 0 END
    ) AS due
    CROSS JOIN LATERAL (
        SELECT id, lease, due_at
        FROM hallmark.webhook_event AS event
        WHERE event.account_id = due.account_id AND event.webhook_id = due.webhook_id AND event.collection_id = due.collection_id
            AND event.record_id = due.record_id
        ORDER BY event.id
        LIMIT 1
    ) AS head
),
picked AS MATERIALIZED (
    SELECT event.account_id, event.webhook_id, event.collection_id, event.record_id, event.id
    FROM candidate
    JOIN hallmark.webhook_event AS event ON event.account_id = candidate.account_id AND event.webhook_id = candidate.webhook_id
        AND event.collection_id = candidate.collection_id AND event.record_id = candidate.record_id AND event.id = candidate.id
        AND event.due_at <= now()
    WHERE candidate.head_id = candidate.id AND candidate.place <= candidate.room
    LIMIT $3::bigint
    FOR UPDATE OF event SKIP LOCKED
),
-- Who stands behind an event that has to wait for its next attempt, waits as long: it is not looked at again and again.
behind AS MATERIALIZED (
    SELECT event.account_id, event.webhook_id, event.collection_id, event.record_id, event.id, candidate.head_due_at
    FROM candidate
    JOIN hallmark.webhook_event AS event ON event.account_id = candidate.account_id AND event.webhook_id = candidate.webhook_id
        AND event.collection_id = candidate.collection_id AND event.record_id = candidate.record_id AND event.id = candidate.id
        AND event.due_at <= now()
    WHERE candidate.head_id < candidate.id AND candidate.head_lease IS NULL AND candidate.head_due_at > now()
    FOR UPDATE OF event SKIP LOCKED
),
parked AS (
    UPDATE hallmark.webhook_event AS event
    SET due_at = behind.head_due_at
    FROM behind
    WHERE event.account_id = behind.account_id AND event.webhook_id = behind.webhook_id AND event.collection_id = behind.collection_id
        AND event.record_id = behind.record_id AND event.id = behind.id
),
leased AS (
    UPDATE hallmark.webhook_event AS taken
    SET due_at = now() + $2::bigint * interval '1 second', lease = $1, attempts = attempts + 1
    FROM picked
    WHERE taken.account_id = picked.account_id AND taken.webhook_id = picked.webhook_id AND taken.collection_id = picked.collection_id
        AND taken.record_id = picked.record_id AND taken.id = picked.id
    RETURNING taken.*
)
SELECT leased.account_id, leased.webhook_id, leased.collection_id, leased.record_id, leased.id, leased.attempts AS attempt,
    (extract(epoch FROM leased.at) * 1000000)::bigint AS at_us,
    coalesce('webhook.' || leased.kind, change.collection || '.' || hallmark.webhook_kind(change.method), 'webhook.lost') AS type,
    webhook.url, webhook.signing, webhook.sealed, CASE WHEN webhook.old_until > now() THEN webhook.old_sealed END AS old_sealed,
    change.collection, coalesce(change.version, 0) AS version, change.application_name, change.client_id, change.external_references,
    hallmark.changed_members(value.before, value.after)::text AS changed,
    CASE WHEN webhook.documents THEN coalesce(value.after, value.before) END AS document
FROM leased
JOIN hallmark.webhook ON webhook.account_id = leased.account_id AND webhook.id = leased.webhook_id
LEFT JOIN hallmark.change_history AS change
    ON change.account_id = leased.account_id AND change.id = leased.id AND change.at = leased.at AND leased.kind IS NULL
LEFT JOIN hallmark.history_value AS value
    ON value.account_id = leased.account_id AND value.history_id = leased.id AND value.at = leased.at AND leased.kind IS NULL
ORDER BY leased.id
