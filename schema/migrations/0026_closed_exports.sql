-- SPDX-License-Identifier: Apache-2.0
-- An export that an auditor has given a nonce for: the row tells the history, and the change that tells of it is the last one of the export. So
-- whoever checks it sees that it goes on to a moment behind the one in which the nonce was made up.

CREATE TABLE hallmark.history_export (
    account_id bigint NOT NULL,
    id         bigint GENERATED ALWAYS AS IDENTITY,
    nonce      text NOT NULL CONSTRAINT history_export_nonce CHECK (nonce ~ '^[!-~]{8,128}$'),
    asked_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (account_id, id)
);

CREATE OR REPLACE FUNCTION hallmark.history_noun(noun text) RETURNS int
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN -array_position(ARRAY['accounts', 'users', 'members', 'applications', 'keys', 'secrets', 'templates', 'links', 'offices', 'apis',
        'collections', 'offers', 'signing-keys', 'revocations', 'webhooks', 'reference-rules', 'erasures', 'activations',
        'history-exports'], noun);
SELECT hallmark.history_watch('history_export', 'history-exports');

GRANT SELECT, INSERT (account_id, nonce) ON hallmark.history_export TO hallmark_server;
