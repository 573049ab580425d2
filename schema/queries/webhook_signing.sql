-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: account_id bigint, id bigint
-- columns: signing text, name text
-- How a webhook signs.
SELECT signing, name FROM hallmark.webhook WHERE account_id = $1 AND id = $2
