-- SPDX-License-Identifier: Apache-2.0
-- lane: admin_list
-- parameters: account_id bigint, after text, most bigint
-- columns: id bigint, name text, state text, api_access boolean, access text, access_shut text, terms_name text, terms_version text,
--   plan boolean, trial boolean, keys_rule text, confirm_wide boolean, confirm_off_asker_id bigint,
--   operator boolean, version bigint, created_at timestamptz,
--   place text
-- Every account but number 0, which is no company; or one.
SELECT id, name, state, api_access, access, hallmark.access_shut(account) AS access_shut, terms_name, terms_version, plan, trial,
    keys_rule, confirm_wide, confirm_off_asker_id, operator, version, created_at, hallmark.place_text(name, id::text) AS place
FROM hallmark.account
WHERE id <> 0 AND ($1::bigint IS NULL OR id = $1)
    AND (lower(name), id) > (coalesce(hallmark.place_name($2), ''), coalesce(hallmark.place_id($2)::bigint, -1)) -- the index leads to any page
ORDER BY lower(name), id
LIMIT $3
