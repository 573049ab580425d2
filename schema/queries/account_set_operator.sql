-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: id bigint, operator boolean
-- columns: id bigint, name text, state text, api_access boolean, access text, access_shut text, terms_name text, terms_version text,
--   plan boolean, trial boolean, keys_rule text, confirm_wide boolean, confirm_off_asker_id bigint,
--   operator boolean, version bigint, created_at timestamptz
-- Whether an account administers what all accounts share. The server's role may not.
UPDATE hallmark.account SET operator = $2 WHERE id = $1 AND id <> 0
RETURNING id, name, state, api_access, access, hallmark.access_shut(account) AS access_shut, terms_name, terms_version, plan, trial,
    keys_rule, confirm_wide, confirm_off_asker_id, operator, version, created_at
