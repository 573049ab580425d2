-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: after bigint, most bigint
-- columns: id bigint, kind text, account_id bigint, subject text
-- The policy changes behind the last one seen, in the order of their commits.
SELECT id, kind, account_id, subject
FROM hallmark.policy_change
WHERE id > $1
ORDER BY id
LIMIT $2
