-- SPDX-License-Identifier: Apache-2.0
-- lane: write
-- parameters: account_id bigint, collection_id int, record_id bigint, collection text, expected_version bigint, key_digest bytea,
--   request_digest bytea, application_id bigint, application_name text, client_id text, key_name text, holder_id bigint, user_id bigint,
--   person text, token_jti text, request_id uuid, address text, before_salt bytea, person_salt bytea, address_salt bytea
-- columns: result text, record_id bigint, version bigint, history_id bigint, frozen_digest bytea
-- Deletes a record and writes its history, or says why not: results and reasons as in record_replace. The version of a deletion is one more
-- than that of what was deleted.
WITH locked AS MATERIALIZED (
    SELECT version, document::text AS before, external_references
    FROM hallmark.record
    WHERE account_id = $1 AND collection_id = $2 AND id = $3
    FOR UPDATE
),
change AS MATERIALIZED (
    SELECT nextval('hallmark.history_id_seq') AS history_id, clock_timestamp() AS at, version + 1 AS version, before,
        external_references
    FROM locked
    WHERE $5 = version OR $5 = 0
),
claimed AS (
    INSERT INTO hallmark.idempotency (account_id, client_id, key_digest, request_digest, record_id, version, history_id, at)
    SELECT $1, $10, $6, $7, $3, version, history_id, at
    FROM change
    WHERE $6::bytea IS NOT NULL
    ON CONFLICT DO NOTHING
    RETURNING history_id
),
changed AS (
    DELETE FROM hallmark.record
    USING change
    WHERE record.account_id = $1 AND record.collection_id = $2 AND record.id = $3
        AND ($6 IS NULL OR EXISTS (SELECT FROM claimed))
    RETURNING change.version, change.history_id, change.at, change.before, change.external_references::text
),
-- Each OFFSET 0 keeps an expression from being computed once more wherever its column is used.
sealed AS MATERIALIZED (
    SELECT *, sha256(frozen) AS frozen_digest
    FROM (
        SELECT *, hallmark.history_frozen($1, history_id, at, $8, $9, $10, $11, nullif($12::bigint, 0), nullif($13::bigint, 0),
            $15, 'DELETE', $2, $4, $3, external_references, version, $16,
            before_digest, after_digest, person_digest, address_digest) AS frozen
        FROM (
            SELECT *,
                sha256($18 || convert_to(before, 'UTF8')) AS before_digest,
                NULL::bytea AS after_digest,
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
        $15, 'DELETE', $2, $4, $3, external_references, version, $16,
        before_digest, after_digest, person_digest, address_digest, frozen, frozen_digest
    FROM sealed
),
kept AS (
    INSERT INTO hallmark.history_value
        (account_id, history_id, at, before, before_salt, after, after_salt, person, person_salt, address, address_salt)
    SELECT $1, history_id, at, before, $18, NULL, NULL,
        $14, CASE WHEN $14 IS NOT NULL THEN $19 END, $17, CASE WHEN $17 IS NOT NULL THEN $20 END
    FROM sealed
),
-- The outbox of webhooks. Most accounts have none, and one look at an index ends it.
posted AS MATERIALIZED (
    SELECT hallmark.webhook_post($1, $2, $4, $3, 'deleted', history_id, at)
    FROM sealed
    WHERE EXISTS (SELECT FROM hallmark.webhook WHERE account_id = $1 AND state = 'active')
)
SELECT
    CASE
        WHEN sealed.history_id IS NOT NULL THEN 'written'
        WHEN locked.version IS NULL THEN 'missing'
        WHEN $5 NOT IN (0, locked.version) THEN 'version_differs'
        ELSE 'conflict'
    END AS result,
    $3 AS record_id,
    coalesce(sealed.version, locked.version, 0) AS version,
    coalesce(sealed.history_id, 0) AS history_id,
    sealed.frozen_digest
FROM (VALUES (1)) AS always (one)
LEFT JOIN locked ON true
LEFT JOIN sealed ON true
LEFT JOIN posted ON true
