-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: id bigint, terms_name text, terms_version text, actor text
-- columns: id bigint, name text, state text, api_access boolean, access text, access_shut text, terms_name text, terms_version text,
--   plan boolean, trial boolean, keys_rule text, confirm_wide boolean, confirm_off_asker_id bigint,
--   operator boolean, version bigint, created_at timestamptz
-- Asks the operator for API access, accepting the terms by name and version where there are any.
UPDATE hallmark.account
SET access = CASE access WHEN 'granted' THEN access ELSE 'requested' END, terms_name = $2, terms_version = $3
FROM hallmark.activation
WHERE account.id = $1 AND account.id <> 0 AND (SELECT hallmark.act($4))
    AND ((activation.terms_name, activation.terms_version) IS NOT DISTINCT FROM ($2, $3)
        OR hallmark.refuse('HK409', coalesce(format('The terms to accept are "%s", version "%s".', activation.terms_name, activation.terms_version),
            'There are no terms to accept; name none.')))
RETURNING account.id, account.name, account.state, api_access, access, hallmark.access_shut(account) AS access_shut, account.terms_name,
    account.terms_version, plan, trial, keys_rule, confirm_wide, confirm_off_asker_id, operator, account.version, account.created_at
