-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: kid text, algorithm text, state text, public_der bytea, sealed bytea
-- columns: kid text, algorithm text, state text, created_at timestamptz, active_at timestamptz, retiring_at timestamptz,
--   forget_at timestamptz
-- Stores a new key; no row when one of its algorithm is in this state already.
INSERT INTO hallmark.signing_key (kid, algorithm, state, public_der, sealed, active_at)
VALUES ($1, $2, $3, $4, $5, CASE WHEN $3 = 'active' THEN now() END)
ON CONFLICT DO NOTHING
RETURNING kid, algorithm, state, created_at, active_at, retiring_at, forget_at
