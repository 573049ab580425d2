-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: most bigint
-- columns: dropped bigint
-- Sessions that have ended by themselves.
WITH mine AS MATERIALIZED (SELECT pg_try_advisory_xact_lock(7203, 2) AS held), -- one node at a time
old AS (
    SELECT ctid FROM hallmark.session
    WHERE (SELECT held FROM mine) AND seen_at < now() - hallmark.lifetime_of('session_idle')
    LIMIT $1
    FOR UPDATE SKIP LOCKED
),
dropped AS (
    DELETE FROM hallmark.session WHERE ctid = ANY (ARRAY(SELECT ctid FROM old)) RETURNING 1
)
SELECT count(*) AS dropped FROM dropped
