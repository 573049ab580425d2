-- SPDX-License-Identifier: Apache-2.0
-- lane: read
-- parameters:
-- columns: kind text, subject text, account_id bigint, until_us bigint
-- What was revoked and still matters.
SELECT kind, subject, account_id, hallmark.microseconds(until) AS until_us
FROM hallmark.revocation
WHERE until > now()
