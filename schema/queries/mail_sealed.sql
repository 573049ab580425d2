-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters:
-- columns: id bigint, digest bytea, sealed bytea
-- Every link that waits to be sent, to be sealed anew in the same transaction: nobody sends them meanwhile.
SELECT id, digest, sealed FROM hallmark.mail WHERE state = 'waiting' ORDER BY id FOR UPDATE
