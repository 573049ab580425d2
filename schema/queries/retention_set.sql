-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: months int
-- columns: months int
-- For the owner: how many whole months of the history stay in the database at least.
UPDATE hallmark.history_retention SET months = $1 RETURNING months
