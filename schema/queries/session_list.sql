-- SPDX-License-Identifier: Apache-2.0
-- lane: list
-- parameters: user_id bigint
-- columns: id bigint, created_at_us bigint, seen_at_us bigint, address text, program text
-- Where a person is logged in, last used first.
SELECT id, hallmark.microseconds(created_at) AS created_at_us, hallmark.microseconds(seen_at) AS seen_at_us, address, program
FROM hallmark.session
WHERE user_id = $1 AND hallmark.session_lives(created_at, seen_at)
ORDER BY seen_at DESC, id DESC
LIMIT 50
