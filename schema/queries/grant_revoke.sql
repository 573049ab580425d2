-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: account_id bigint, grant_id bigint, caller_id bigint, rights text[], version bigint, actor text
-- columns: account_id bigint, grant_id bigint, user_id bigint, application_id bigint, state text, version bigint
-- Takes back what a person gave: codes, refresh tokens and access tokens of it are refused from now on. Whoever may not change members takes
-- back his own.
UPDATE hallmark."grant" AS given SET state = 'revoked'
WHERE given.account_id = $1 AND given.id = $2 AND ($4::text[] IS NULL OR given.user_id = $3 OR 'members:write' = ANY ($4))
    AND (SELECT hallmark.act($6)) AND hallmark.version_is(given.version, $5)
RETURNING given.account_id, given.id AS grant_id, given.user_id, given.application_id, given.state, given.version
