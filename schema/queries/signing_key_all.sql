-- SPDX-License-Identifier: Apache-2.0
-- lane: admin_list
-- parameters:
-- columns: kid text, algorithm text, state text, created_at timestamptz, active_at timestamptz, retiring_at timestamptz,
--   forget_at timestamptz
-- Every signing key, withdrawn ones too, newest first.
SELECT kid, algorithm, state, created_at, active_at, retiring_at, forget_at FROM hallmark.signing_key ORDER BY created_at DESC, kid
