-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: account_id bigint
-- columns: account_id bigint, collection text, system text, created_at timestamptz
-- The systems whose references are unique, by collection.
SELECT account_id, collection.name AS collection, system, rule.created_at
FROM hallmark.reference_rule AS rule JOIN hallmark.collection ON collection.id = rule.collection_id
WHERE account_id = $1
ORDER BY collection.name, system
