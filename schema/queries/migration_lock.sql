-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters:
-- columns: locked text
-- One process migrates at a time; the lock ends with its connection.
SELECT pg_advisory_lock(7203, 3)::text AS locked
