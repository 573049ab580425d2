-- SPDX-License-Identifier: Apache-2.0
-- lane: read
-- parameters: account_id bigint, collection_id int, record_id bigint
-- columns: version bigint, document text
SELECT version, document::text
FROM hallmark.record
WHERE account_id = $1 AND collection_id = $2 AND id = $3
