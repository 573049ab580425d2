-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: user_ids bigint[], sealed bytea[]
-- columns: user_id bigint
UPDATE hallmark.totp SET sealed = fresh.sealed
FROM unnest($1::bigint[], $2::bytea[]) AS fresh (user_id, sealed)
WHERE totp.user_id = fresh.user_id
RETURNING totp.user_id
