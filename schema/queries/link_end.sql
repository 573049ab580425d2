-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: office_account_id bigint, client_id text, account_id bigint, version bigint, actor text
-- columns: account_id bigint, office_account_id bigint, client_id text, template_id bigint, template_version bigint, state text,
--   version bigint
-- Ends a link: tokens of the key for this account are refused from now on.
UPDATE hallmark.link SET state = 'ended'
WHERE office_account_id = $1 AND client_id = $2 AND account_id = $3 AND (SELECT hallmark.act($5)) AND hallmark.version_is(version, $4)
RETURNING account_id, office_account_id, client_id, template_id, template_version::bigint, state, version
