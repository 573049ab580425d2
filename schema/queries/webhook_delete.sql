-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: account_id bigint, id bigint
-- columns: id bigint, name text
-- Deletes a webhook with all that waits for it. Its delivery log goes with age.
WITH dropped AS (
    DELETE FROM hallmark.webhook_event WHERE account_id = $1 AND webhook_id = $2
)
DELETE FROM hallmark.webhook WHERE account_id = $1 AND id = $2 RETURNING id, name
