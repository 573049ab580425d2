-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: account_ids bigint[], ids bigint[], sealed bytea[], old_sealed bytea[]
-- columns: id bigint
UPDATE hallmark.webhook SET sealed = fresh.sealed, old_sealed = fresh.old_sealed
FROM unnest($1::bigint[], $2::bigint[], $3::bytea[], $4::bytea[]) AS fresh (account_id, id, sealed, old_sealed)
WHERE webhook.account_id = fresh.account_id AND webhook.id = fresh.id
RETURNING webhook.id
