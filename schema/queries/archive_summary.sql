-- SPDX-License-Identifier: Apache-2.0
-- lane: list
-- parameters: account_id bigint
-- columns: archived text
-- How far an account's history was archived, and where that is, in a sentence; NULL: nothing was.
SELECT hallmark.archive_summary($1) AS archived
