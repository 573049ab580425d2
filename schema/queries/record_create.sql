-- SPDX-License-Identifier: Apache-2.0
-- lane: write
-- parameters: account_id bigint, collection_id int, collection text, document jsonb, external_references jsonb, key_digest bytea,
--   request_digest bytea, application_id bigint, application_name text, client_id text, key_name text, holder_id bigint, user_id bigint,
--   person text, token_jti text, request_id uuid, address text, after_salt bytea, person_salt bytea, address_salt bytea
-- columns: result text, record_id bigint, version bigint, history_id bigint, frozen_digest bytea
-- Creates a record and writes its history. Always one row; its result is `written`, or `conflict` when the idempotency key is taken: then
-- idempotency_find decides. The record's number is put into the document too; one that was sent is overwritten.
WITH change AS MATERIALIZED (
    SELECT record_id, nextval('hallmark.history_id_seq') AS history_id, clock_timestamp() AS at,
        jsonb_set($4, '{Id}', to_jsonb(record_id)) AS document
    FROM (SELECT nextval('hallmark.record_id_seq') AS record_id) AS number
),
claimed AS (
    INSERT INTO hallmark.idempotency (account_id, client_id, key_digest, request_digest, record_id, version, history_id, at)
    SELECT $1, $10, $6, $7, record_id, 1, history_id, at
    FROM change
    WHERE $6::bytea IS NOT NULL
    ON CONFLICT DO NOTHING
    RETURNING history_id
),
changed AS (
    INSERT INTO hallmark.record
        (account_id, collection_id, id, version, history_id, created_at, changed_at, document, external_references)
    SELECT $1, $2, record_id, 1, history_id, at, at, document, coalesce($5::jsonb, '{}')
    FROM change
    WHERE ($6 IS NULL OR EXISTS (SELECT FROM claimed))
    RETURNING id AS record_id, version, history_id, changed_at AS at, document::text AS after, external_references::text
),
-- Each OFFSET 0 keeps an expression from being computed once more wherever its column is used.
sealed AS MATERIALIZED (
    SELECT *, sha256(frozen) AS frozen_digest
    FROM (
        SELECT *, hallmark.history_frozen($1, history_id, at, $8, $9, $10, $11, nullif($12::bigint, 0), nullif($13::bigint, 0),
            $15, 'POST', $2, $3, record_id, external_references, version, $16,
            before_digest, after_digest, person_digest, address_digest) AS frozen
        FROM (
            SELECT *,
                NULL::bytea AS before_digest,
                sha256($18 || convert_to(after, 'UTF8')) AS after_digest,
                sha256($19 || convert_to($14, 'UTF8')) AS person_digest,
                sha256($20 || convert_to($17, 'UTF8')) AS address_digest
            FROM changed
            OFFSET 0
        ) AS digested
        OFFSET 0
    ) AS frozen
),
told AS (
    INSERT INTO hallmark.change_history
        (account_id, id, at, application_id, application_name, client_id, key_name, holder_id, user_id,
        token_jti, method, collection_id, collection, record_id, external_references, version, request_id,
        before_digest, after_digest, person_digest, address_digest, frozen, frozen_digest)
    SELECT $1, history_id, at, $8, $9, $10, $11, nullif($12::bigint, 0), nullif($13::bigint, 0),
        $15, 'POST', $2, $3, record_id, external_references, version, $16,
        before_digest, after_digest, person_digest, address_digest, frozen, frozen_digest
    FROM sealed
),
kept AS (
    INSERT INTO hallmark.history_value
        (account_id, history_id, at, before, before_salt, after, after_salt, person, person_salt, address, address_salt)
    SELECT $1, history_id, at, NULL, NULL, after, $18,
        $14, CASE WHEN $14 IS NOT NULL THEN $19 END, $17, CASE WHEN $17 IS NOT NULL THEN $20 END
    FROM sealed
),
-- The outbox of webhooks. Most accounts have none, and one look at an index ends it.
posted AS MATERIALIZED (
    SELECT hallmark.webhook_post($1, $2, $3, record_id, 'created', history_id, at)
    FROM sealed
    WHERE EXISTS (SELECT FROM hallmark.webhook WHERE account_id = $1 AND state = 'active')
)
SELECT
    CASE WHEN sealed.history_id IS NOT NULL THEN 'written' ELSE 'conflict' END AS result,
    coalesce(sealed.record_id, 0) AS record_id,
    coalesce(sealed.version, 0) AS version,
    coalesce(sealed.history_id, 0) AS history_id,
    sealed.frozen_digest
FROM (VALUES (1)) AS always (one)
LEFT JOIN sealed ON true
LEFT JOIN posted ON true
