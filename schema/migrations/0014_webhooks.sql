-- SPDX-License-Identifier: Apache-2.0
-- Webhooks: who in an account wants to be told of changes, what has still to be told, and how each attempt went.

ALTER TABLE hallmark.account ADD webhooks boolean NOT NULL DEFAULT true; -- an account may switch all of its webhooks off

CREATE TABLE hallmark.webhook (
    account_id  bigint NOT NULL REFERENCES hallmark.account CHECK (account_id > 0),
    id          bigint NOT NULL CHECK (id > 0),
    name        text NOT NULL CHECK (hallmark.name_ok(name)),
    url         text NOT NULL CHECK (octet_length(url) <= 2000 AND url ~ '^https?://[!-~]+$'),
    kinds       text[] NOT NULL DEFAULT '{created,updated,deleted}'
        CHECK (kinds <@ '{created,updated,deleted}'::text[] AND cardinality(kinds) BETWEEN 1 AND 3),
    collections text[] NOT NULL DEFAULT '{}' CHECK (cardinality(collections) <= 100), -- empty: all of them
    documents   boolean NOT NULL DEFAULT false, -- events carry the record; otherwise the receiver reads it with a right of its own
    state       text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'disabled', 'paused')), -- paused: by us, after days of failure
    reason      text, -- why it is not active, for people
    signing     text NOT NULL DEFAULT 'hmac' CHECK (signing IN ('hmac', 'ed25519')),
    sealed      bytea NOT NULL CHECK (octet_length(sealed) > 0), -- the secret under the master key
    old_sealed  bytea CHECK (octet_length(old_sealed) > 0), -- after a rotation both sign, until
    old_until   timestamptz,
    version     bigint NOT NULL DEFAULT 1,
    created_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, id),
    CHECK ((old_sealed IS NULL) = (old_until IS NULL))
);
CREATE TRIGGER version_raise BEFORE UPDATE ON hallmark.webhook FOR EACH ROW EXECUTE FUNCTION hallmark.version_raise();

-- What changes with every delivery stands apart, since the statements that write records read the table above.
CREATE TABLE hallmark.webhook_health (
    account_id    bigint NOT NULL,
    webhook_id    bigint NOT NULL,
    failing_since timestamptz, -- the first failure since the last success; NULL: the last attempt was one
    failures      bigint NOT NULL DEFAULT 0,
    hold_until    timestamptz NOT NULL DEFAULT '-infinity', -- the receiver asked us to wait
    PRIMARY KEY (account_id, webhook_id),
    FOREIGN KEY (account_id, webhook_id) REFERENCES hallmark.webhook ON DELETE CASCADE
);

-- The outbox: a row for each event that a webhook has not been told yet, written by the statement that makes the change. The event itself is
-- the change in the history; only what is no change (a ping, a test) has its kind here. No foreign keys: they would lock the webhook's row at
-- each write.
CREATE TABLE hallmark.webhook_event (
    account_id    bigint NOT NULL,
    webhook_id    bigint NOT NULL,
    collection_id int NOT NULL,
    record_id     bigint NOT NULL,
    id            bigint NOT NULL, -- of the change, or drawn from the same sequence
    at            timestamptz NOT NULL,
    kind          text, -- ping or test; NULL: a change
    due_at        timestamptz NOT NULL, -- when it is to be sent; while it is being sent, when the lease ends
    lease         bigint, -- who sends it; NULL: nobody
    attempts      int NOT NULL DEFAULT 0,
    PRIMARY KEY (account_id, webhook_id, collection_id, record_id, id) -- events of one record go out in the order of their ids
) WITH (fillfactor = 70);
CREATE INDEX webhook_event_due ON hallmark.webhook_event (account_id, webhook_id, due_at);
CREATE INDEX webhook_event_leased ON hallmark.webhook_event (account_id, webhook_id) WHERE lease IS NOT NULL;

-- The delivery log: a row an attempt.
CREATE TABLE hallmark.webhook_delivery (
    account_id   bigint NOT NULL,
    webhook_id   bigint NOT NULL,
    event_id     bigint NOT NULL,
    attempt      int NOT NULL,
    at           timestamptz NOT NULL, -- when it began
    type         text NOT NULL,
    result       text NOT NULL CHECK (result IN ('delivered', 'retry', 'given_up', 'gone')),
    status       int, -- of the answer; NULL: there was none
    detail       text, -- what went wrong, or the beginning of the answer
    milliseconds bigint NOT NULL,
    next_at      timestamptz, -- of the next attempt; NULL: none
    PRIMARY KEY (account_id, webhook_id, event_id, at, attempt)
);
CREATE INDEX webhook_delivery_latest ON hallmark.webhook_delivery (account_id, webhook_id, at);
CREATE INDEX webhook_delivery_at ON hallmark.webhook_delivery (at);

-- What an event of a change is called: its kind by its method.
CREATE FUNCTION hallmark.webhook_kind(method text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE method WHEN 'POST' THEN 'created' WHEN 'DELETE' THEN 'deleted' ELSE 'updated' END;

-- Writes the outbox for one change: a row for each webhook that wants to be told of it. The statements that write records call this, in the
-- same statement as the change, when the account has an active webhook at all. (Without the call, the same INSERT in those statements made
-- each write a twelfth slower for everybody: PostgreSQL opens a table and its indexes before it knows that there is nothing to insert.)
CREATE FUNCTION hallmark.webhook_post(
    of_account bigint, of_collection int, collection text, of_record bigint, kind text, history_id bigint, at timestamptz) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO hallmark.webhook_event (account_id, webhook_id, collection_id, record_id, id, at, due_at)
    SELECT of_account, webhook.id, of_collection, of_record, history_id, webhook_post.at, webhook_post.at
    FROM hallmark.webhook
    JOIN hallmark.account ON account.id = webhook.account_id AND account.webhooks
    WHERE webhook.account_id = of_account AND webhook.state = 'active' AND webhook_post.kind = ANY (webhook.kinds)
        AND (cardinality(webhook.collections) = 0 OR webhook_post.collection = ANY (webhook.collections));
END
$$;

-- The names of the members in which two documents differ, as a JSON array; NULL when one of them is not there or was erased.
CREATE FUNCTION hallmark.changed_members(before text, after text) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN before IS NOT NULL AND after IS NOT NULL THEN
        (SELECT coalesce(jsonb_agg(key ORDER BY key COLLATE "C"), '[]')
        FROM jsonb_each(before::jsonb) AS old (key, old_value)
        FULL JOIN jsonb_each(after::jsonb) AS new (key, new_value) USING (key)
        WHERE old_value IS DISTINCT FROM new_value)
    END;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA hallmark FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hallmark.webhook_post, hallmark.webhook_kind, hallmark.changed_members TO hallmark_server;
GRANT UPDATE (webhooks) ON hallmark.account TO hallmark_server;
GRANT SELECT, INSERT, UPDATE (name, url, kinds, collections, documents, state, reason, signing, sealed, old_sealed, old_until), DELETE
    ON hallmark.webhook TO hallmark_server;
GRANT SELECT, INSERT, UPDATE (failing_since, failures, hold_until) ON hallmark.webhook_health TO hallmark_server;
GRANT SELECT, INSERT, UPDATE (due_at, lease, attempts), DELETE ON hallmark.webhook_event TO hallmark_server;
GRANT SELECT, INSERT, DELETE ON hallmark.webhook_delivery TO hallmark_server;
