-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: account_id bigint, id bigint
-- columns: event_id bigint, state text
-- Puts a test event into the outbox of a webhook.
WITH test AS (
    INSERT INTO hallmark.webhook_event (account_id, webhook_id, collection_id, record_id, id, at, kind, due_at)
    SELECT webhook.account_id, webhook.id, 0, number.id, number.id, now(), 'test', now()
    FROM hallmark.webhook
    CROSS JOIN (SELECT nextval('hallmark.history_id_seq') AS id) AS number
    WHERE webhook.account_id = $1 AND webhook.id = $2
    RETURNING account_id, webhook_id, id
)
SELECT test.id AS event_id, webhook.state
FROM test
JOIN hallmark.webhook ON webhook.account_id = test.account_id AND webhook.id = test.webhook_id
