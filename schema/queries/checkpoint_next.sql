-- SPDX-License-Identifier: Apache-2.0
-- lane: list
-- parameters: log_id smallint, after_size bigint, most bigint
-- columns: size bigint, note text
-- The checkpoints behind one, in their order.
SELECT size, note FROM hallmark.history_checkpoint WHERE log_id = $1 AND size > $2 ORDER BY size LIMIT $3
