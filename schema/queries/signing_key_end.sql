-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: kid text, actor text
-- columns: kid text, algorithm text, state text, created_at timestamptz, active_at timestamptz, retiring_at timestamptz,
--   forget_at timestamptz
-- After a compromise: what this key signed is refused from now on, and it never signs again. One that signs gives its place to the next, so
-- that tokens can be had at any time.
WITH named AS (
    SELECT kid, algorithm, state FROM hallmark.signing_key WHERE kid = $1 AND state <> 'withdrawn' AND (SELECT hallmark.act($2)) FOR UPDATE
),
coming AS (
    SELECT next.kid
    FROM hallmark.signing_key AS next
    JOIN named ON named.state = 'active' AND named.algorithm = next.algorithm
    WHERE next.state = 'next'
    FOR UPDATE OF next
),
gone AS (
    UPDATE hallmark.signing_key
    SET state = 'withdrawn', forget_at = now() + interval '1 day'
    FROM named
    WHERE signing_key.kid = named.kid
        AND (named.state <> 'active' OR EXISTS (SELECT FROM coming)
            OR hallmark.refuse('HK409', 'It signs, and there is no next key to take its place: make one first.'))
    RETURNING signing_key.*
),
promoted AS (
    UPDATE hallmark.signing_key
    SET state = 'active', active_at = now()
    FROM coming
    WHERE signing_key.kid = coming.kid AND (SELECT count(*) FROM gone) >= 0 -- one is active at a time
)
SELECT kid, algorithm, state, created_at, active_at, retiring_at, forget_at FROM gone
