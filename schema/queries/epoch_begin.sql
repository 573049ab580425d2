-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters:
-- columns: epoch int
-- For the owner: begins a new epoch of the history when the database was restored into another cluster, and tells which one it is.
SELECT hallmark.history_epoch_begin() AS epoch
