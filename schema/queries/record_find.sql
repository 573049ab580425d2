-- SPDX-License-Identifier: Apache-2.0
-- lane: read
-- parameters: account_id bigint, collection_id int, record_id bigint
-- columns: version bigint, document text
-- External references stand beside the document, and are answered in it, as they are sent.
SELECT version,
    (CASE WHEN external_references = '{}' THEN document
        ELSE hallmark.record_with_references(document, external_references) END)::text AS document
FROM hallmark.record
WHERE account_id = $1 AND collection_id = $2 AND id = $3
