-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters:
-- columns: number int, name text, digest text
-- What was applied, in order; it fails where nothing was yet.
SELECT number, name, encode(digest, 'hex') AS digest FROM hallmark.schema_migration ORDER BY number
