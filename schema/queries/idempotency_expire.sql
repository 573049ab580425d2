-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: most bigint
-- columns: dropped bigint
-- Results of writes that nobody may ask for again, a small batch at a time.
WITH mine AS MATERIALIZED (SELECT pg_try_advisory_xact_lock(7203, 2) AS held), -- one node at a time
old AS (
    SELECT ctid FROM hallmark.idempotency
    WHERE (SELECT held FROM mine) AND at < now() - interval '24 hours'
    LIMIT $1
),
dropped AS (
    DELETE FROM hallmark.idempotency WHERE ctid = ANY (ARRAY(SELECT ctid FROM old)) RETURNING 1
)
SELECT count(*) AS dropped FROM dropped
