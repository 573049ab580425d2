-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: account_id bigint, id bigint
-- columns: id bigint, name text, url text, kinds text, collections text, documents boolean, state text, reason text, signing text,
--   failing_since timestamptz, waiting bigint, created_at timestamptz
-- The webhooks of an account, or the one. Both words of a list are spelled with blanks, as the command line takes them.
SELECT webhook.id, webhook.name, webhook.url, array_to_string(webhook.kinds, ' ') AS kinds,
    array_to_string(webhook.collections, ' ') AS collections, webhook.documents, webhook.state, webhook.reason, webhook.signing,
    webhook_health.failing_since,
    (SELECT count(*) FROM hallmark.webhook_event AS event
    WHERE event.account_id = webhook.account_id AND event.webhook_id = webhook.id) AS waiting,
    webhook.created_at
FROM hallmark.webhook
JOIN hallmark.webhook_health ON webhook_health.account_id = webhook.account_id AND webhook_health.webhook_id = webhook.id
WHERE webhook.account_id = $1 AND ($2::bigint IS NULL OR webhook.id = $2)
ORDER BY webhook.created_at, webhook.id
