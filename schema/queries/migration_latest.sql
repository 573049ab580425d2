-- SPDX-License-Identifier: Apache-2.0
-- lane: read
-- parameters:
-- columns: number int
-- Up to where the schema was migrated; it fails where there is none. Readiness asks this of the running server.
SELECT coalesce(max(number), 0) AS number FROM hallmark.schema_migration
