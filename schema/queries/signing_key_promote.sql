-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: algorithm text, least_seconds bigint
-- columns: kid text, algorithm text, state text, created_at timestamptz, active_at timestamptz, retiring_at timestamptz,
--   forget_at timestamptz
-- The next key signs, if it was published for so long, and the active one retires: it stays published as long as a token of it can live.
-- No row when there is nothing to promote.
WITH coming AS (
    SELECT kid FROM hallmark.signing_key
    WHERE algorithm = $1 AND state = 'next' AND created_at <= now() - $2::bigint * interval '1 second'
    FOR UPDATE
),
going AS (
    UPDATE hallmark.signing_key
    SET state = 'retiring', retiring_at = now(),
        forget_at = now() + (SELECT coalesce(max(token_seconds), 600) + 3600 FROM hallmark.api) * interval '1 second'
    WHERE algorithm = $1 AND state = 'active' AND EXISTS (SELECT FROM coming)
    RETURNING kid
)
UPDATE hallmark.signing_key
SET state = 'active', active_at = now()
FROM coming
WHERE signing_key.kid = coming.kid AND (SELECT count(*) FROM going) >= 0 -- after the old one has gone: one is active at a time
RETURNING signing_key.kid, algorithm, state, created_at, active_at, retiring_at, forget_at
