-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: most bigint
-- columns: dropped bigint
-- Links that nobody used.
WITH mine AS MATERIALIZED (SELECT pg_try_advisory_xact_lock(7203, 2) AS held), -- one node at a time
old AS (
    SELECT ctid FROM hallmark.password_link
    WHERE (SELECT held FROM mine) AND expires_at < now()
    LIMIT $1
    FOR UPDATE SKIP LOCKED
),
dropped AS (
    DELETE FROM hallmark.password_link WHERE ctid = ANY (ARRAY(SELECT ctid FROM old)) RETURNING 1
)
SELECT count(*) AS dropped FROM dropped
