-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: account_id bigint, collection text, system text
-- columns: account_id bigint, collection text, system text, created_at timestamptz
-- A system's references may be repeated again.
DELETE FROM hallmark.reference_rule
WHERE account_id = $1 AND collection_id = (SELECT id FROM hallmark.collection WHERE name = $2) AND system = $3
RETURNING account_id, $2 AS collection, system, created_at
