-- SPDX-License-Identifier: Apache-2.0
-- lane: admin_list
-- parameters: kid text
-- columns: kid text, algorithm text, state text, created_at timestamptz, active_at timestamptz, retiring_at timestamptz,
--   forget_at timestamptz
-- One signing key.
SELECT kid, algorithm, state, created_at, active_at, retiring_at, forget_at FROM hallmark.signing_key WHERE kid = $1
