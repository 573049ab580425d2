-- SPDX-License-Identifier: Apache-2.0
-- lane: read
-- parameters:
-- columns: kid text, algorithm text, state text, public_der bytea, sealed bytea
-- Every key that signs, will sign, or signed tokens that may still live.
SELECT kid, algorithm, state, public_der, sealed
FROM hallmark.signing_key
WHERE state IN ('next', 'active') OR (state = 'retiring' AND forget_at > now())
ORDER BY created_at, kid
