-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: account_id bigint, id bigint, name text, url text, kinds text[], collections text[], documents boolean, signing text,
--   sealed bytea
-- columns: account_id bigint, id bigint, name text, url text, kinds text[], collections text[], documents boolean, state text,
--   signing text, created_at timestamptz
-- Makes a webhook and puts a ping into its outbox. No row: there is no such account, it is closed, or one of the collections is unknown.
WITH made AS (
    INSERT INTO hallmark.webhook (account_id, id, name, url, kinds, collections, documents, signing, sealed)
    SELECT $1::bigint, $2, $3, $4, CASE WHEN cardinality($5::text[]) = 0 THEN '{created,updated,deleted}' ELSE $5::text[] END, $6::text[], coalesce($7, false), $8, $9
    FROM hallmark.account
    WHERE id = $1 AND state = 'active'
        AND NOT EXISTS (SELECT FROM unnest($6::text[]) AS wanted (name) WHERE wanted.name NOT IN (SELECT collection.name FROM hallmark.collection))
    RETURNING *
),
health AS (
    INSERT INTO hallmark.webhook_health (account_id, webhook_id) SELECT account_id, id FROM made
),
ping AS (
    INSERT INTO hallmark.webhook_event (account_id, webhook_id, collection_id, record_id, id, at, kind, due_at)
    SELECT account_id, made.id, 0, number.id, number.id, now(), 'ping', now()
    FROM made
    CROSS JOIN (SELECT nextval('hallmark.history_id_seq') AS id) AS number
)
SELECT account_id, id, name, url, kinds, collections, documents, state, signing, created_at FROM made
