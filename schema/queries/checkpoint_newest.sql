-- SPDX-License-Identifier: Apache-2.0
-- lane: read
-- parameters: log_id smallint, cosigned bigint
-- columns: size bigint, note text
-- The newest checkpoint that at least so many witnesses have cosigned, with their lines; 0: the newest of all.
SELECT size, note FROM hallmark.checkpoint_newest($1::smallint, $2)
