-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: account_id bigint, collection text, system text
-- columns: account_id bigint, collection text, system text, created_at timestamptz
-- From now on a system's references are unique in this collection of the account. Refused by the key when they are not so already, or when
-- the rule is there. No row: there is no such collection.
INSERT INTO hallmark.reference_rule (account_id, collection_id, system)
SELECT $1, id, $3 FROM hallmark.collection WHERE name = $2
RETURNING account_id, $2 AS collection, system, created_at
