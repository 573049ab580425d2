-- SPDX-License-Identifier: Apache-2.0
-- lane: admin_list
-- parameters:
-- columns: id bigint, name text, state text, verifier text, last_size bigint, last_signed_at timestamptz, added_at timestamptz
-- The witnesses, each with the newest checkpoint that it has cosigned.
SELECT witness.id, witness.name, witness.state, witness.verifier, last.size AS last_size, last.signed_at AS last_signed_at, witness.added_at
FROM hallmark.witness
LEFT JOIN LATERAL (
    SELECT size, signed_at FROM hallmark.checkpoint_cosignature
    WHERE witness_id = witness.id AND log_id = 1
    ORDER BY size DESC
    LIMIT 1
) AS last ON true
ORDER BY witness.id
