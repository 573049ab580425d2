-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters:
-- columns: user_id bigint, sealed bytea
-- Every authenticator's secret, to be sealed anew in the same transaction: nobody changes them meanwhile.
SELECT user_id, sealed FROM hallmark.totp ORDER BY user_id FOR UPDATE
