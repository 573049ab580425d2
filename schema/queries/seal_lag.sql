-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: log_id smallint
-- columns: oldest_us bigint, holder_pid int, holder_us bigint, holder text
-- The oldest change without a place (0: there is none), and the oldest transaction in the whole cluster: it holds sealing back as long as it
-- stays open, wherever it is.
SELECT
    coalesce((
        SELECT hallmark.microseconds(min(change.at))
        FROM hallmark.history_log AS log
        CROSS JOIN LATERAL (
            SELECT at FROM hallmark.change_history
            WHERE log_id = $1 AND xid >= log.sealed_xid AND epoch = log.epoch AND (xid > log.sealed_xid OR id > log.sealed_id)
            ORDER BY xid, id
            LIMIT 1
        ) AS change
        WHERE log.log_id = $1), 0) AS oldest_us,
    holder.pid AS holder_pid, coalesce(hallmark.microseconds(holder.began), 0) AS holder_us, holder.told AS holder
FROM hallmark.oldest_transaction() AS holder
