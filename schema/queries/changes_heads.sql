-- SPDX-License-Identifier: Apache-2.0
-- lane: list
-- parameters: account_ids bigint[]
-- columns: account_id bigint, sequence bigint
-- How far the changes of some accounts are sealed: one question for all who wait on a thread.
SELECT wanted.account_id, coalesce((SELECT max(account_seq) FROM hallmark.history_leaf AS leaf WHERE leaf.account_id = wanted.account_id), 0)
    AS sequence
FROM unnest($1::bigint[]) AS wanted (account_id)
