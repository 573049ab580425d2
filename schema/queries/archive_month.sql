-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: month text
-- columns: from_us bigint, to_us bigint, changes bigint
-- For the owner: where a month begins and ends that may be archived, and how many changes it has. An error says why it may not.
SELECT from_us, to_us, changes FROM hallmark.archive_month($1)
