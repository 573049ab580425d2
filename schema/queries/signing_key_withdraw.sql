-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: kid text, actor text
-- columns: kid text, algorithm text, state text, created_at timestamptz, active_at timestamptz, retiring_at timestamptz,
--   forget_at timestamptz
-- After a compromise: what this key signed is refused from now on, and it never signs again.
UPDATE hallmark.signing_key SET state = 'withdrawn', forget_at = now() + interval '1 day'
WHERE kid = $1 AND state <> 'withdrawn' AND (SELECT hallmark.act($2))
RETURNING kid, algorithm, state, created_at, active_at, retiring_at, forget_at
