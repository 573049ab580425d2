-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: most bigint
-- columns: dropped bigint
-- Codes a day after their end (a second use is known until then), and pushed requests that nobody came for.
WITH mine AS MATERIALIZED (SELECT pg_try_advisory_xact_lock(7203, 2) AS held), -- one node at a time
codes AS (
    DELETE FROM hallmark.authorization_code WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM hallmark.authorization_code
        WHERE (SELECT held FROM mine) AND expires_at < now() - interval '1 day' LIMIT $1 FOR UPDATE SKIP LOCKED))
    RETURNING 1
),
requests AS (
    DELETE FROM hallmark.authorization_request WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM hallmark.authorization_request
        WHERE (SELECT held FROM mine) AND expires_at < now() - interval '1 day' LIMIT $1 FOR UPDATE SKIP LOCKED))
    RETURNING 1
)
SELECT (SELECT count(*) FROM codes) + (SELECT count(*) FROM requests) AS dropped
