-- SPDX-License-Identifier: Apache-2.0
-- lane: write
-- parameters: account_id bigint, digest bytea
-- columns: account_id bigint
-- A pushed request that ended without a code.
UPDATE hallmark.authorization_request SET spent_at = now()
WHERE account_id = $1 AND digest = $2 AND spent_at IS NULL
RETURNING account_id
