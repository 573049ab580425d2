-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: log_id smallint, size bigint
-- columns: note text
-- The checkpoint of one size, without cosignatures.
SELECT note FROM hallmark.history_checkpoint WHERE log_id = $1 AND size = $2
