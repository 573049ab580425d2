-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: account_id bigint, grant_id bigint
-- columns: account_id bigint, grant_id bigint, user_id bigint, application_id bigint, state text, version bigint
-- Takes back what a person gave: codes, refresh tokens and access tokens of it are refused from now on.
UPDATE hallmark."grant" AS given SET state = 'revoked' WHERE given.account_id = $1 AND given.id = $2
RETURNING given.account_id, given.id AS grant_id, given.user_id, given.application_id, given.state, given.version
