-- SPDX-License-Identifier: Apache-2.0
-- Failed authentications, counted per client and address, so that the slow-down survives a restart. The cell is a keyed digest of both:
-- nobody can read an address out of it.

CREATE TABLE hallmark.auth_failure (
    cell     bytea PRIMARY KEY CHECK (octet_length(cell) = 16),
    failures int NOT NULL CHECK (failures > 0),
    last_at  timestamptz NOT NULL
);
CREATE INDEX auth_failure_last_at ON hallmark.auth_failure (last_at);

GRANT SELECT, INSERT, UPDATE (failures, last_at), DELETE ON hallmark.auth_failure TO hallmark_server;
