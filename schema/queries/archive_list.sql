-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters:
-- columns: month text, changes bigint, file text, digest text, at timestamptz
-- The months that were archived, oldest first.
SELECT to_char(month, 'YYYY-MM') AS month, file_changes AS changes, file, encode(file_digest, 'hex') AS digest, at
FROM hallmark.archive WHERE account_id = 0 ORDER BY archive.month
