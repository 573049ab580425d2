-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: months_ahead int
-- columns: made int, default_rows bigint
-- Makes the monthly partitions that are missing, so far ahead. Rows in a default partition are an alarm: months were not made in time.
SELECT hallmark.history_partitions_make($1) AS made, hallmark.history_default_rows() AS default_rows
