-- SPDX-License-Identifier: Apache-2.0
-- lane: list
-- parameters: account_id bigint, collection_id int, filter jsonpath, after_id bigint, skip bigint, most bigint, bytes_most bigint
-- columns: id bigint, version bigint, document text
-- A page of records in the order of their ids; with another order it is record_list_ordered. A statement of its own, so that its plan is
-- always a walk along the key, however many records there are.
--
-- The page ends with the first row at which its documents have passed bytes_most: so a page that was cut short is longer than that, and
-- who reads it can tell it from the last one. Documents are measured as they are stored first (they are never five times larger than
-- their text), so that no more of them are written out than it takes.
WITH page AS (
    SELECT id, version, document, external_references
    FROM hallmark.record
    WHERE account_id = $1 AND collection_id = $2 AND id > $4 AND ($3::jsonpath IS NULL OR document @@ $3)
    ORDER BY id
    OFFSET $5
    LIMIT $6
),
stored AS (
    SELECT id, version, document, external_references,
        sum(pg_column_size(document)) OVER (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS bytes
    FROM page
),
written AS MATERIALIZED (
    SELECT id, version,
        (CASE WHEN external_references = '{}' THEN document
            ELSE hallmark.record_with_references(document, external_references) END)::text AS document
    FROM stored
    WHERE coalesce(bytes, 0) <= 5 * $7::bigint
),
measured AS (
    SELECT id, version, document,
        sum(octet_length(document)) OVER (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS bytes
    FROM written
)
SELECT id, version, document FROM measured WHERE coalesce(bytes, 0) <= $7 ORDER BY id
