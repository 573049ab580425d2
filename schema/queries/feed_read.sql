-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: after bigint, most bigint
-- columns: id bigint, kind text, account_id bigint, subject text, oldest bigint
-- The policy changes behind the last one seen, in the order of their commits. When the oldest that is left comes behind it too, some may
-- have been dropped unseen.
SELECT id, kind, account_id, subject, (SELECT min(id) FROM hallmark.policy_change) AS oldest
FROM hallmark.policy_change
WHERE id > $1
ORDER BY id
LIMIT $2
