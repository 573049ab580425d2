-- SPDX-License-Identifier: Apache-2.0
-- lane: list
-- parameters: account_id bigint, collection_id int, filter jsonpath, order_keys jsonb, order_descending jsonb, after_values jsonb,
--   after_id bigint, skip bigint, most bigint, bytes_most bigint
-- columns: id bigint, version bigint, document text, order_values jsonb
-- A page of records in the order of up to four members, the id at last; cut by bytes as in record_list. order_keys is an array of member
-- names, order_descending one of booleans, after_values the order_values of the last row before the page (NULL: from the start).
-- A value that a record has not is null; values of different types have PostgreSQL's order of jsonb, which is total.
WITH page AS (
    SELECT id, version, document, external_references
    FROM hallmark.record
    WHERE account_id = $1 AND collection_id = $2 AND ($3::jsonpath IS NULL OR document @@ $3)
        AND ($6::jsonb IS NULL OR hallmark.record_after(document, id, $4, $5, $6, $7))
    ORDER BY
        CASE WHEN $5 -> 0 = 'false' THEN hallmark.record_order_value(document, $4, 0) END,
        CASE WHEN $5 -> 0 = 'true' THEN hallmark.record_order_value(document, $4, 0) END DESC,
        CASE WHEN $5 -> 1 = 'false' THEN hallmark.record_order_value(document, $4, 1) END,
        CASE WHEN $5 -> 1 = 'true' THEN hallmark.record_order_value(document, $4, 1) END DESC,
        CASE WHEN $5 -> 2 = 'false' THEN hallmark.record_order_value(document, $4, 2) END,
        CASE WHEN $5 -> 2 = 'true' THEN hallmark.record_order_value(document, $4, 2) END DESC,
        CASE WHEN $5 -> 3 = 'false' THEN hallmark.record_order_value(document, $4, 3) END,
        CASE WHEN $5 -> 3 = 'true' THEN hallmark.record_order_value(document, $4, 3) END DESC,
        id
    OFFSET $8
    LIMIT $9
),
stored AS (
    SELECT id, version, document, external_references, row_number() OVER () AS place,
        sum(pg_column_size(document)) OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS bytes
    FROM page
),
written AS MATERIALIZED (
    SELECT id, version, place,
        (CASE WHEN external_references = '{}' THEN document
            ELSE hallmark.record_with_references(document, external_references) END)::text AS document,
        (SELECT jsonb_agg(coalesce(stored.document -> key, 'null') ORDER BY number)
            FROM jsonb_array_elements_text($4) WITH ORDINALITY AS keys (key, number)) AS order_values
    FROM stored
    WHERE coalesce(bytes, 0) <= 5 * $10::bigint
),
measured AS (
    SELECT id, version, document, place, order_values,
        sum(octet_length(document)) OVER (ORDER BY place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS bytes
    FROM written
)
SELECT id, version, document, order_values FROM measured WHERE coalesce(bytes, 0) <= $10 ORDER BY place
