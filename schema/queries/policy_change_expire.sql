-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: most bigint
-- columns: dropped bigint
-- Policy changes that every live node has seen long ago; the newest one stays, so that the feed's end is known.
WITH mine AS MATERIALIZED (SELECT pg_try_advisory_xact_lock(7203, 2) AS held), -- one node at a time
old AS (
    SELECT ctid FROM hallmark.policy_change
    WHERE (SELECT held FROM mine) AND at < now() - interval '1 hour' AND id < (SELECT max(id) FROM hallmark.policy_change)
    LIMIT $1
),
dropped AS (
    DELETE FROM hallmark.policy_change WHERE ctid = ANY (ARRAY(SELECT ctid FROM old)) RETURNING 1
)
SELECT count(*) AS dropped FROM dropped
