-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: user_id bigint, accounts bigint, changes bigint, erased bigint
-- columns: accounts bigint, changes bigint, erased bigint, remaining bigint
-- For the owner: erases a person's values everywhere, and adds to what the calls before have erased. What was committed meanwhile may remain:
-- then it is called again.
SELECT greatest($2, accounts) AS accounts, $3 + changes AS changes, $4 + erased AS erased, remaining FROM hallmark.person_erase($1)
