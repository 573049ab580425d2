-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: log_id smallint
-- columns: size bigint, roots bytea, same_cluster boolean, writable boolean, held boolean
-- How far the log is. `held` says that this session may seal: one of all nodes may, until its connection ends. Locks (7203, n): 4 and on are
-- those of sequencers, one for each log.
SELECT size, roots,
    cluster = (SELECT system_identifier::text FROM pg_control_system()) AS same_cluster,
    NOT pg_is_in_recovery() AS writable,
    pg_try_advisory_lock(7203, 3 + log_id) AS held
FROM hallmark.history_log
WHERE log_id = $1
