-- SPDX-License-Identifier: Apache-2.0
-- Which write an Idempotency-Key stood for, so that asking again gives the same answer. Written by the statement that writes.

CREATE TABLE hallmark.idempotency (
    account_id     bigint NOT NULL,
    client_id      text COLLATE "C" NOT NULL,
    key_digest     bytea NOT NULL,
    request_digest bytea NOT NULL, -- over method, path and body
    record_id      bigint NOT NULL,
    version        bigint NOT NULL,
    history_id     bigint NOT NULL,
    at             timestamptz NOT NULL, -- of the change; with account and history_id the key of its history row
    PRIMARY KEY (account_id, client_id, key_digest),
    CONSTRAINT idempotency_digests CHECK (octet_length(key_digest) = 32 AND octet_length(request_digest) = 32)
);
CREATE INDEX idempotency_at ON hallmark.idempotency (at);

GRANT SELECT, INSERT, DELETE ON hallmark.idempotency TO hallmark_server;
