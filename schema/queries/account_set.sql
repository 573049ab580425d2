-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: id bigint, state text, api_access boolean, name text, keys_rule text, confirm_wide boolean, version bigint, actor text
-- columns: id bigint, name text, state text, api_access boolean, access text, access_shut text, terms_name text, terms_version text,
--   plan boolean, trial boolean, keys_rule text, confirm_wide boolean, confirm_off_asker_id bigint,
--   operator boolean, version bigint, created_at timestamptz
-- Closes or opens an account, switches its API access, renames it, or sets its rules for keys: how many, and whether a second admin has to
-- confirm wide ones. That is switched off by two: the first is noted as confirm_off_asker_id (a trigger), and switching it on takes that
-- back. NULL leaves as it is.
UPDATE hallmark.account
SET state = coalesce($2, state), api_access = coalesce($3, api_access), name = coalesce($4, name), keys_rule = coalesce($5, keys_rule),
    confirm_wide = coalesce($6, confirm_wide), confirm_off_asker_id = CASE WHEN $6 THEN NULL ELSE confirm_off_asker_id END
WHERE id = $1 AND (SELECT hallmark.act($8)) AND hallmark.version_is(version, $7)
RETURNING id, name, state, api_access, access, hallmark.access_shut(account) AS access_shut, terms_name, terms_version, plan, trial,
    keys_rule, confirm_wide, confirm_off_asker_id, operator, version, created_at
