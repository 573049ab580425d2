-- SPDX-License-Identifier: Apache-2.0
-- lane: list
-- parameters: account_id bigint, collection_id int, filter jsonpath, system text, reference text, after_id bigint, skip bigint,
--   most bigint, bytes_most bigint
-- columns: id bigint, version bigint, document text
-- A page of the records that a system refers to, as record_list has one of all; reference NULL: whatever it calls them.
WITH referred AS (
    SELECT DISTINCT record_id
    FROM hallmark.external_reference
    WHERE account_id = $1 AND collection_id = $2 AND system = $4 AND ($5::text IS NULL OR digest = sha256(convert_to($5, 'UTF8')))
        AND record_id > $6
),
page AS (
    SELECT id, version, document, external_references
    FROM referred
    JOIN hallmark.record ON record.account_id = $1 AND record.collection_id = $2 AND record.id = referred.record_id
    WHERE $3::jsonpath IS NULL OR document @@ $3
    ORDER BY id
    OFFSET $7
    LIMIT $8
),
stored AS (
    SELECT id, version, document, external_references,
        sum(pg_column_size(document)) OVER (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS bytes
    FROM page
),
written AS MATERIALIZED (
    SELECT id, version, hallmark.record_with_references(document, external_references)::text AS document
    FROM stored
    WHERE coalesce(bytes, 0) <= 5 * $9::bigint
),
measured AS (
    SELECT id, version, document,
        sum(octet_length(document)) OVER (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS bytes
    FROM written
)
SELECT id, version, document FROM measured WHERE coalesce(bytes, 0) <= $9 ORDER BY id
