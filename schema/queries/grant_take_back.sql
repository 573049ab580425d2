-- SPDX-License-Identifier: Apache-2.0
-- lane: write
-- parameters: user_id bigint, account_id bigint, grant_id bigint, actor text
-- columns: grant_id bigint
-- A person takes back what they gave themselves. No row: there is none that lives, or it is another's.
WITH told AS MATERIALIZED (SELECT set_config('hallmark.actor', $4, true) AS actor)
UPDATE hallmark."grant" AS given SET state = 'revoked'
FROM told
WHERE told.actor IS NOT NULL AND given.account_id = $2 AND given.id = $3 AND given.user_id = $1 AND given.state = 'active'
RETURNING given.id AS grant_id
