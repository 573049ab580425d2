-- SPDX-License-Identifier: Apache-2.0
-- How many requests a key, and an application with all its keys together, may make in a window of so many seconds. NULL: what the server
-- was started with; 0 requests: as many as it likes.

ALTER TABLE hallmark.client
    ADD COLUMN rate_requests int CHECK (rate_requests BETWEEN 0 AND 1000000000),
    ADD COLUMN rate_seconds int CHECK (rate_seconds BETWEEN 1 AND 86400),
    ADD CONSTRAINT client_rate_is_whole CHECK ((rate_requests IS NULL) = (rate_seconds IS NULL));
ALTER TABLE hallmark.application
    ADD COLUMN rate_requests int CHECK (rate_requests BETWEEN 0 AND 1000000000),
    ADD COLUMN rate_seconds int CHECK (rate_seconds BETWEEN 1 AND 86400),
    ADD CONSTRAINT application_rate_is_whole CHECK ((rate_requests IS NULL) = (rate_seconds IS NULL));

-- What the nodes tell each other: how often a subject (a key's number, or an application's id with a minus) was counted on a node, in the
-- window that ends then. Only what comes near its limit stands here, and what a crash of the database forgets is told anew in a moment.
CREATE UNLOGGED TABLE hallmark.rate_count (
    subject  bigint NOT NULL,
    node     bigint NOT NULL,
    period   bigint NOT NULL, -- the window: its number since 1970
    requests bigint NOT NULL CHECK (requests >= 0),
    until    timestamptz NOT NULL,
    PRIMARY KEY (subject, node)
) WITH (fillfactor = 50);
CREATE INDEX rate_count_until ON hallmark.rate_count (until);

GRANT UPDATE (rate_requests, rate_seconds) ON hallmark.client TO hallmark_server;
GRANT UPDATE (rate_requests, rate_seconds) ON hallmark.application TO hallmark_server;
GRANT SELECT, INSERT, UPDATE (period, requests, until), DELETE ON hallmark.rate_count TO hallmark_server;
