-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: lease bigint
-- columns: released bigint
-- A node that stops gives back what it has not sent: others need not wait for the end of the lease.
WITH released AS (
    UPDATE hallmark.logout_token SET lease = NULL, due_at = now(), attempts = attempts - 1 WHERE lease = $1 RETURNING 1
)
SELECT count(*) AS released FROM released
