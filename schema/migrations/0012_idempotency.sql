-- SPDX-License-Identifier: Apache-2.0
-- What a write with an Idempotency-Key was answered, so that asking again gives the same answer.

CREATE TABLE hallmark.idempotency (
    account_id     bigint NOT NULL,
    client_id      text COLLATE "C" NOT NULL,
    key_digest     bytea NOT NULL CHECK (octet_length(key_digest) = 32),
    request_digest bytea NOT NULL CHECK (octet_length(request_digest) = 32), -- over method, path and body
    method         text NOT NULL CHECK (method IN ('POST', 'PUT', 'DELETE')),
    record_id      bigint NOT NULL,
    version        bigint NOT NULL,
    history_id     bigint NOT NULL,
    frozen_digest  bytea NOT NULL CHECK (octet_length(frozen_digest) = 32),
    created_at     timestamptz NOT NULL,
    PRIMARY KEY (account_id, client_id, key_digest)
);
CREATE INDEX idempotency_created_at ON hallmark.idempotency (created_at);

GRANT SELECT, INSERT, DELETE ON hallmark.idempotency TO hallmark_server;
