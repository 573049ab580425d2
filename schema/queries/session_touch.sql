-- SPDX-License-Identifier: Apache-2.0
-- lane: write
-- parameters: user_id bigint, id bigint
-- columns: id bigint
-- The session was used now. One that has ended does not come back.
UPDATE hallmark.session SET seen_at = now()
WHERE user_id = $1 AND id = $2 AND hallmark.session_lives(created_at, seen_at)
RETURNING id
