-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: account_id bigint, office_account_id bigint, allowed boolean, actor text
-- columns: account_id bigint, office_account_id bigint, allowed boolean, version bigint
-- The client account's own switch for an office.
INSERT INTO hallmark.office_access (account_id, office_account_id, allowed)
SELECT $1::bigint, $2::bigint, $3::boolean WHERE (SELECT hallmark.act($4))
ON CONFLICT (account_id, office_account_id) DO UPDATE SET allowed = excluded.allowed
RETURNING account_id, office_account_id, allowed, version
