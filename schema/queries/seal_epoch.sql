-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: log_id smallint
-- columns: epoch int
-- Goes on to the next epoch, when this one is over and seal_read found nothing more of it; otherwise no row.
UPDATE hallmark.history_log AS log
SET epoch = epoch + 1, sealed_xid = '0', sealed_id = 0
WHERE log_id = $1 AND epoch < writing_epoch AND NOT EXISTS (
    SELECT FROM hallmark.change_history AS change
    WHERE change.log_id = $1 AND change.xid >= log.sealed_xid AND change.epoch = log.epoch
        AND (change.xid > log.sealed_xid OR change.id > log.sealed_id))
RETURNING epoch
