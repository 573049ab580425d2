-- SPDX-License-Identifier: Apache-2.0
-- lane: admin_list
-- parameters: id bigint, account_id bigint
-- columns: id bigint, account_id bigint, name text, id_token_alg text, userinfo_alg text, subject_type text, version bigint
-- How an application that this account can choose is told of people.
SELECT id, account_id, name, id_token_alg, userinfo_alg, subject_type, version
FROM hallmark.application
WHERE id = $1 AND account_id IN (0, $2)
