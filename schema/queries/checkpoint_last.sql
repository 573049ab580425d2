-- SPDX-License-Identifier: Apache-2.0
-- lane: read
-- parameters: log_id smallint
-- columns: size bigint, note text
-- The newest checkpoint; no row as long as nothing was sealed.
SELECT size, note FROM hallmark.history_checkpoint WHERE log_id = $1 ORDER BY size DESC LIMIT 1
