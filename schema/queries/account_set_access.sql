-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: id bigint, access text, plan boolean, trial boolean, version bigint, actor text
-- columns: id bigint, name text, state text, api_access boolean, access text, access_shut text, terms_name text, terms_version text,
--   plan boolean, trial boolean, keys_rule text, confirm_wide boolean, confirm_off_asker_id bigint,
--   operator boolean, version bigint, created_at timestamptz
-- Grants or refuses API access; whether the account's plan has it, and whether it is on trial. NULL leaves as it is.
UPDATE hallmark.account SET access = coalesce($2, access), plan = coalesce($3, plan), trial = coalesce($4, trial)
WHERE id = $1 AND id <> 0 AND (SELECT hallmark.act($6)) AND hallmark.version_is(version, $5)
RETURNING id, name, state, api_access, access, hallmark.access_shut(account) AS access_shut, terms_name, terms_version, plan, trial,
    keys_rule, confirm_wide, confirm_off_asker_id, operator, version, created_at
