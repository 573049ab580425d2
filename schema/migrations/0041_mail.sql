-- SPDX-License-Identifier: Apache-2.0
-- Links that go out by mail. Whoever asks for one writes a request, known person or not, so that nobody learns from the answer or its time
-- who is known; the thread that sends makes the link and what is to be sent in one statement. The link is a live secret: while it waits it
-- stands sealed under the master key, which is in no backup of the database, and it is gone from here once it was sent or is worth nothing.

CREATE TABLE hallmark.link_request (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind     text NOT NULL CHECK (kind IN ('forgotten', 'invited')),
    email    text NOT NULL CHECK (octet_length(email) <= 254), -- as it was typed
    language text NOT NULL CHECK (language IN ('en', 'de', 'nb', 'pl')),
    asked_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE hallmark.mail (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id    bigint NOT NULL REFERENCES hallmark."user", -- where it goes is looked up when it is sent
    kind       text NOT NULL CHECK (kind IN ('forgotten', 'invited')),
    language   text NOT NULL CHECK (language IN ('en', 'de', 'nb', 'pl')),
    digest     bytea NOT NULL CHECK (octet_length(digest) = 32), -- of the link
    sealed     bytea,
    state      text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'failed')),
    attempts   int NOT NULL DEFAULT 0,
    due_at     timestamptz NOT NULL DEFAULT now(), -- while it is leased: when the lease ends
    lease      bigint,
    created_at timestamptz NOT NULL DEFAULT now(),
    ended_at   timestamptz,
    detail     text NOT NULL DEFAULT '' CHECK (octet_length(detail) <= 1000), -- what the relay said last
    CHECK ((state = 'waiting') = (sealed IS NOT NULL)),
    CHECK ((state = 'waiting') = (ended_at IS NULL))
);
CREATE INDEX mail_due ON hallmark.mail (due_at) WHERE state = 'waiting';
CREATE INDEX mail_ended ON hallmark.mail (ended_at) WHERE state <> 'waiting';
CREATE INDEX mail_user ON hallmark.mail (user_id, created_at);

CREATE OR REPLACE FUNCTION hallmark.person_forget(of_user bigint) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE hallmark.client_secret_use AS used SET last_address = 'erased'
    FROM hallmark.client
    WHERE client.account_id = used.account_id AND client.client_id = used.client_id AND client.holder_id = of_user;
    -- An office's key reads in other accounts than its own.
    UPDATE hallmark.history_read AS read SET address = 'erased'
    WHERE read.address IS NOT NULL
        AND (read.user_id = of_user OR read.client_id IN (SELECT client.client_id FROM hallmark.client WHERE client.holder_id = of_user));
    -- It covers the address with which the person was made.
    UPDATE hallmark.admin_request SET request_digest = sha256(convert_to(gen_random_uuid()::text, 'UTF8')) WHERE subject = of_user::text;
    -- Relays quote addresses.
    DELETE FROM hallmark.mail WHERE user_id = of_user;
END
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA hallmark FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE (asked_at), DELETE ON hallmark.link_request TO hallmark_server; -- it locks, and changes nothing
GRANT SELECT, INSERT, UPDATE (sealed, state, attempts, due_at, lease, ended_at, detail), DELETE ON hallmark.mail TO hallmark_server;
