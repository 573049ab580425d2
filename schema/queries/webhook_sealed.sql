-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters:
-- columns: account_id bigint, id bigint, sealed bytea, old_sealed bytea
-- Every webhook's secrets, to be sealed anew in the same transaction: nobody changes them meanwhile.
SELECT account_id, id, sealed, old_sealed FROM hallmark.webhook ORDER BY account_id, id FOR UPDATE
