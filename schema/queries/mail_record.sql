-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: lease bigint, id bigint, state text, detail text, delay_ms bigint
-- columns: id bigint
-- What came of an attempt. Sent or failed: the link goes out of the table. No row: the lease had ended, and another node has it.
UPDATE hallmark.mail
SET state = $3, detail = $4, lease = NULL, sealed = CASE $3 WHEN 'waiting' THEN sealed END,
    due_at = now() + $5::bigint * interval '1 millisecond', ended_at = CASE $3 WHEN 'waiting' THEN NULL ELSE now() END
WHERE id = $2 AND lease = $1 AND state = 'waiting'
RETURNING id
