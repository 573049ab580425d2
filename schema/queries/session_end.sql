-- SPDX-License-Identifier: Apache-2.0
-- lane: write
-- parameters: user_id bigint, id bigint
-- columns: id bigint
-- Ends one session of a person, or all of them (NULL).
DELETE FROM hallmark.session WHERE user_id = $1 AND ($2::bigint IS NULL OR id = $2)
RETURNING id
