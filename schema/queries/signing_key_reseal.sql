-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: kids text[], sealed bytea[]
-- columns: kid text
-- All of them in one statement and only when the kids (in byte order) are exactly those that are there, so that no mixture of two master
-- keys comes about; no rows when a key came or went meanwhile.
UPDATE hallmark.signing_key SET sealed = fresh.sealed
FROM unnest($1::text[], $2::bytea[]) AS fresh (kid, sealed)
WHERE signing_key.kid = fresh.kid
    AND $1::text[] = (SELECT array_agg(kid ORDER BY kid) FROM hallmark.signing_key WHERE state <> 'withdrawn')
RETURNING signing_key.kid
