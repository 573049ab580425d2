-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: months_ahead int
-- columns: made int
-- Makes the monthly partitions that are missing, so far ahead.
SELECT hallmark.history_partitions_make($1) AS made
