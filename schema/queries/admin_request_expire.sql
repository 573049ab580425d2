-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: most bigint
-- columns: dropped bigint
-- What was remembered of administrative requests for a day.
WITH mine AS MATERIALIZED (SELECT pg_try_advisory_xact_lock(7203, 2) AS held), -- one node at a time
old AS (
    SELECT ctid FROM hallmark.admin_request
    WHERE (SELECT held FROM mine) AND at < now() - interval '24 hours'
    LIMIT $1
),
dropped AS (
    DELETE FROM hallmark.admin_request WHERE ctid = ANY (ARRAY(SELECT ctid FROM old)) RETURNING 1
)
SELECT count(*) AS dropped FROM dropped
