-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: ids bigint[], sealed bytea[]
-- columns: id bigint
UPDATE hallmark.mail SET sealed = fresh.sealed
FROM unnest($1::bigint[], $2::bytea[]) AS fresh (id, sealed)
WHERE mail.id = fresh.id AND mail.state = 'waiting'
RETURNING mail.id
