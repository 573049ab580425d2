-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: months_ahead bigint
-- columns: made int
-- Makes the monthly partitions that are missing, so far ahead.
SELECT hallmark.history_partitions_make($1::int) AS made
