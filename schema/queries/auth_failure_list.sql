-- SPDX-License-Identifier: Apache-2.0
-- lane: list
-- parameters:
-- columns: cell bytea, failures int, last_at_us bigint
-- The failures that still slow somebody down, newest first.
SELECT cell, failures, hallmark.microseconds(last_at) AS last_at_us
FROM hallmark.auth_failure
WHERE last_at > now() - interval '15 minutes'
ORDER BY last_at DESC
LIMIT 65536
