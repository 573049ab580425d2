-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: account_id bigint, collection text, record_id bigint, accounts bigint, changes bigint, erased bigint
-- columns: accounts bigint, changes bigint, erased bigint, remaining bigint
-- For the owner: erases the documents of a deleted record in all its changes, and adds to what the calls before have erased.
SELECT greatest($4, accounts) AS accounts, $5 + changes AS changes, $6 + erased AS erased, remaining FROM hallmark.record_erase($1, $2, $3)
