-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: kid text, now boolean, actor text
-- columns: kid text, algorithm text, state text, created_at timestamptz, active_at timestamptz, retiring_at timestamptz,
--   forget_at timestamptz
-- By hand, as signing_key_promote.sql does it by age: the next key signs, if validators have had a day to see it or it has to be now, and the
-- active one retires.
WITH coming AS (
    SELECT kid, algorithm FROM hallmark.signing_key
    WHERE kid = $1 AND (SELECT hallmark.act($3))
        AND (state = 'next' OR hallmark.refuse('HK409', format('It is %s: only a key that is next can be promoted.', state)))
        AND (coalesce($2, false) OR created_at <= now() - interval '1 day' OR hallmark.refuse('HK409',
            'It was published less than a day ago, and validators may not have it yet: wait, or say now after a compromise.'))
    FOR UPDATE
),
going AS (
    UPDATE hallmark.signing_key
    SET state = 'retiring', retiring_at = now(),
        forget_at = now() + (SELECT coalesce(max(token_seconds), 600) + 3600 FROM hallmark.api) * interval '1 second'
    WHERE algorithm = (SELECT algorithm FROM coming) AND state = 'active'
    RETURNING kid
)
UPDATE hallmark.signing_key
SET state = 'active', active_at = now()
FROM coming
WHERE signing_key.kid = coming.kid AND (SELECT count(*) FROM going) >= 0 -- after the old one has gone: one is active at a time
RETURNING signing_key.kid, signing_key.algorithm, state, created_at, active_at, retiring_at, forget_at
