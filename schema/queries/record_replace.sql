-- SPDX-License-Identifier: Apache-2.0
-- lane: write
-- parameters: account_id bigint, collection_id int, record_id bigint, collection text, document jsonb, external_references jsonb,
--   expected_version bigint, key_digest bytea, request_digest bytea, application_id bigint, application_name text, client_id text,
--   key_name text, holder_id bigint, user_id bigint, person text, token_jti text, request_id uuid, address text, before_salt bytea,
--   after_salt bytea, person_salt bytea, address_salt bytea
-- columns: result text, record_id bigint, version bigint, history_id bigint, frozen_digest bytea
-- Replaces a record and writes its history, or says why not. Always one row; its result is one of
--   written          done; record_id, version and history_id are those of the change, frozen_digest is the receipt
--   missing          there is no such record
--   version_differs  version is the present one
--   conflict         the idempotency key is taken
-- With a key, only `written` is the last word: this statement sees what was committed when it began, and may have waited for the very
-- request that it repeats. After any other word idempotency_find decides, and only when it finds nothing does the word stand.
--
-- Why it is right with several writers on one record: `locked` waits for the record's row and returns its newest version. All that follows
-- is made from that row, and the UPDATE follows the row to the same version, which the lock keeps still. The moment and the history's id
-- are drawn after the lock, so that they rise along a record. The history takes its rows from the UPDATE: neither is there without the
-- other.
--
-- The plan is made once and must not depend on how full the tables are at that moment: on the read and write lanes enable_seqscan is off.
WITH locked AS MATERIALIZED (
    SELECT version, document::text AS before, external_references
    FROM hallmark.record
    WHERE account_id = $1 AND collection_id = $2 AND id = $3
    FOR NO KEY UPDATE
),
change AS MATERIALIZED (
    SELECT nextval('hallmark.history_id_seq') AS history_id, clock_timestamp() AS at, version + 1 AS version, before,
        jsonb_set($5, '{Id}', to_jsonb($3)) AS document,
        coalesce($6, external_references) AS external_references
    FROM locked
    WHERE $7 = version OR $7 = 0
),
claimed AS (
    INSERT INTO hallmark.idempotency (account_id, client_id, key_digest, request_digest, record_id, version, history_id, at)
    SELECT $1, $12, $8, $9, $3, version, history_id, at
    FROM change
    WHERE $8::bytea IS NOT NULL
    ON CONFLICT DO NOTHING
    RETURNING history_id
),
changed AS (
    UPDATE hallmark.record
    SET version = change.version, history_id = change.history_id, changed_at = change.at, document = change.document,
        external_references = change.external_references
    FROM change
    WHERE record.account_id = $1 AND record.collection_id = $2 AND record.id = $3
        AND ($8 IS NULL OR EXISTS (SELECT FROM claimed))
    RETURNING change.version, change.history_id, change.at, change.before, change.document::text AS after,
        change.external_references::text,
        CASE WHEN $6 IS NOT NULL THEN hallmark.record_refer_anew($1, $2, $3, $6) END AS referred
),
-- Each OFFSET 0 keeps an expression from being computed once more wherever its column is used.
sealed AS MATERIALIZED (
    SELECT *, sha256(frozen) AS frozen_digest
    FROM (
        SELECT *, hallmark.history_frozen($1, history_id, at, $10, $11, $12, $13, nullif($14::bigint, 0), nullif($15::bigint, 0),
            $17, 'PUT', $2, $4, $3, external_references, version, $18,
            before_digest, after_digest, person_digest, address_digest) AS frozen
        FROM (
            SELECT *,
                sha256($20 || convert_to(before, 'UTF8')) AS before_digest,
                sha256($21 || convert_to(after, 'UTF8')) AS after_digest,
                sha256($22 || convert_to($16, 'UTF8')) AS person_digest,
                sha256($23 || convert_to($19, 'UTF8')) AS address_digest
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
    SELECT $1, history_id, at, $10, $11, $12, $13, nullif($14::bigint, 0), nullif($15::bigint, 0),
        $17, 'PUT', $2, $4, $3, external_references, version, $18,
        before_digest, after_digest, person_digest, address_digest, frozen, frozen_digest
    FROM sealed
),
kept AS (
    INSERT INTO hallmark.history_value
        (account_id, history_id, at, before, before_salt, after, after_salt, person, person_salt, address, address_salt)
    SELECT $1, history_id, at, before, $20, after, $21,
        $16, CASE WHEN $16 IS NOT NULL THEN $22 END, $19, CASE WHEN $19 IS NOT NULL THEN $23 END
    FROM sealed
),
-- The outbox of webhooks. Most accounts have none, and one look at an index ends it.
posted AS MATERIALIZED (
    SELECT hallmark.webhook_post($1, $2, $4, $3, 'updated', history_id, at)
    FROM sealed
    WHERE EXISTS (SELECT FROM hallmark.webhook WHERE account_id = $1 AND state = 'active')
)
SELECT
    CASE
        WHEN sealed.history_id IS NOT NULL THEN 'written'
        WHEN locked.version IS NULL THEN 'missing'
        WHEN $7 NOT IN (0, locked.version) THEN 'version_differs'
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
