-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: log_id smallint, size bigint, witness_id bigint, signed_at_us bigint, line text
-- columns: size bigint
-- Keeps a cosignature that was checked; no row: the witness's is there already.
INSERT INTO hallmark.checkpoint_cosignature (log_id, size, witness_id, signed_at, line)
VALUES ($1, $2, $3, hallmark.moment($4), $5)
ON CONFLICT DO NOTHING
RETURNING size
