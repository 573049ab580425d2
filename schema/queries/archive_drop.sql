-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: month text, file text, digest bytea, changes bigint
-- columns: accounts bigint
-- For the owner: lets a month go that is in a file of this digest, with so many changes; tells how many accounts' histories say so.
SELECT accounts FROM hallmark.archive_drop($1, $2, $3, $4)
