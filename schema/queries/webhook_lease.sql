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
picked AS MATERIALIZED (
    SELECT event.*
    FROM ready
    CROSS JOIN LATERAL (
        SELECT account_id, webhook_id, collection_id, record_id, id
        FROM hallmark.webhook_event AS due
        WHERE due.account_id = ready.account_id AND due.webhook_id = ready.webhook_id AND due.due_at <= now()
            AND NOT EXISTS (
                SELECT FROM hallmark.webhook_event AS older
                WHERE older.account_id = due.account_id AND older.webhook_id = due.webhook_id
                    AND older.collection_id = due.collection_id AND older.record_id = due.record_id AND older.id < due.id
            )
        ORDER BY due.due_at
        LIMIT greatest(ready.room, 0)
        FOR UPDATE SKIP LOCKED
    ) AS event
    LIMIT $3::bigint
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
