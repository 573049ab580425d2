-- SPDX-License-Identifier: Apache-2.0
-- lane: write
-- parameters: pid int, started_us bigint
-- columns: alive boolean
-- Ends the backend whose answer was lost, if it is still there, and says whether it is; asked again until it is gone. The start tells it
-- from a later one with the same number.
SELECT coalesce(bool_or(CASE WHEN pg_terminate_backend(pid) THEN true ELSE true END), false) AS alive
FROM pg_stat_activity
WHERE pid = $1 AND hallmark.microseconds(backend_start) = $2 AND usename = current_user AND datname = current_database()
