-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: id text
-- columns: id text
-- A node that stops is waited for no longer.
DELETE FROM hallmark.node WHERE id = $1 RETURNING id
