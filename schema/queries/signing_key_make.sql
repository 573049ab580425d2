-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: algorithm text, idempotency_key bytea, request_digest bytea, actor text, kid text, public_der bytea, sealed bytea
-- columns: kid text, algorithm text, state text, created_at timestamptz, active_at timestamptz, retiring_at timestamptz,
--   forget_at timestamptz
-- Stores the next key of an algorithm, which is published from now on and signs when it is promoted.
INSERT INTO hallmark.signing_key (kid, algorithm, state, public_der, sealed)
SELECT $5, $1, 'next', $6, $7
WHERE CASE WHEN (SELECT hallmark.act($4, $2, $3, $5)) -- first: who asks again made the one that is there
    THEN NOT EXISTS (SELECT FROM hallmark.signing_key WHERE algorithm = $1 AND state = 'next')
        OR hallmark.refuse('HK409', format('The next key of %s is there already; promote it.', $1::text)) END
RETURNING kid, algorithm, state, created_at, active_at, retiring_at, forget_at
