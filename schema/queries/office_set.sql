-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: account_id bigint, office_account_id bigint, allowed boolean
-- columns: account_id bigint, office_account_id bigint, allowed boolean, version bigint
-- The client account's own switch for an office.
INSERT INTO hallmark.office_access (account_id, office_account_id, allowed)
VALUES ($1, $2, $3)
ON CONFLICT (account_id, office_account_id) DO UPDATE SET allowed = excluded.allowed
RETURNING account_id, office_account_id, allowed, version
