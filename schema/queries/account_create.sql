-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: id bigint, name text, idempotency_key bytea, request_digest bytea, actor text
-- columns: id bigint, name text, state text, api_access boolean, access text, access_shut text, terms_name text, terms_version text,
--   plan boolean, trial boolean, keys_rule text, confirm_wide boolean, confirm_off_asker_id bigint,
--   operator boolean, version bigint, created_at timestamptz
-- Makes an account. Whether it may use the API at once is the activation's to say.
INSERT INTO hallmark.account (id, name)
SELECT $1::bigint, $2 WHERE (SELECT hallmark.act($5, $3, $4, $1::bigint::text))
RETURNING id, name, state, api_access, access, hallmark.access_shut(account) AS access_shut, terms_name, terms_version, plan, trial,
    keys_rule, confirm_wide, confirm_off_asker_id, operator, version, created_at
