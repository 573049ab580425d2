-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: months_kept int
-- columns: dropped int
-- Months of the log of reads that are older than they are kept.
SELECT hallmark.history_reads_drop($1) AS dropped
