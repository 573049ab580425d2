-- SPDX-License-Identifier: Apache-2.0
-- The change history: one row a change, written by the statement that changes, and never altered afterwards by anybody.
--
-- change_history holds facts and salted digests, history_value the values that may be personal (and may be erased one day, with their
-- salts, while the digests go on to prove the rest). Both are partitioned by month, in UTC.

CREATE SEQUENCE hallmark.history_id_seq;

CREATE TABLE hallmark.change_history (
    account_id          bigint NOT NULL,
    id                  bigint NOT NULL DEFAULT nextval('hallmark.history_id_seq'),
    at                  timestamptz NOT NULL,
    application_id      bigint NOT NULL,
    application_name    text NOT NULL,
    client_id           text COLLATE "C" NOT NULL,
    key_name            text,
    holder_id           bigint,
    user_id             bigint,
    token_jti           text,
    method              text NOT NULL CHECK (method IN ('POST', 'PUT', 'DELETE')),
    collection_id       int NOT NULL,
    collection          text NOT NULL,
    record_id           bigint NOT NULL,
    external_references text NOT NULL, -- JSON, frozen as text
    version             bigint NOT NULL,
    request_id          uuid NOT NULL,
    before_digest       bytea CHECK (octet_length(before_digest) = 32),
    after_digest        bytea CHECK (octet_length(after_digest) = 32),
    person_digest       bytea CHECK (octet_length(person_digest) = 32),
    address_digest      bytea CHECK (octet_length(address_digest) = 32),
    frozen              bytea NOT NULL,
    frozen_digest       bytea NOT NULL,
    -- Where the log's sequencer finds it. The server's role cannot set these three, so they are what the database says.
    log_id              smallint NOT NULL DEFAULT 1,
    epoch               int NOT NULL DEFAULT 1,
    xid                 xid8 NOT NULL DEFAULT pg_current_xact_id(),
    PRIMARY KEY (account_id, id, at),
    CONSTRAINT change_history_before_and_after CHECK (
        (method = 'POST') = (before_digest IS NULL) AND (method = 'DELETE') = (after_digest IS NULL))
) PARTITION BY RANGE (at);
CREATE INDEX change_history_record ON hallmark.change_history (account_id, collection_id, record_id, id);
CREATE INDEX change_history_request ON hallmark.change_history (request_id);
CREATE INDEX change_history_xid ON hallmark.change_history (xid);

-- Digests are SHA-256 over the 16 bytes of salt and the value's text in UTF-8.
CREATE TABLE hallmark.history_value (
    account_id   bigint NOT NULL,
    history_id   bigint NOT NULL,
    at           timestamptz NOT NULL,
    before       text,
    before_salt  bytea CHECK (octet_length(before_salt) = 16),
    after        text,
    after_salt   bytea CHECK (octet_length(after_salt) = 16),
    person       text,
    person_salt  bytea CHECK (octet_length(person_salt) = 16),
    address      text,
    address_salt bytea CHECK (octet_length(address_salt) = 16),
    PRIMARY KEY (account_id, history_id, at),
    CONSTRAINT history_value_with_salt CHECK (
        (before IS NULL) = (before_salt IS NULL) AND (after IS NULL) = (after_salt IS NULL)
        AND (person IS NULL) = (person_salt IS NULL) AND (address IS NULL) = (address_salt IS NULL))
) PARTITION BY RANGE (at);

-- One field of the frozen bytes: four bytes of length, big-endian, then as many bytes. No value is the length -1 and nothing behind it.
CREATE FUNCTION hallmark.frozen_bytes(value bytea) RETURNS bytea
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN coalesce(int4send(octet_length(value)) || value, '\xffffffff');

CREATE FUNCTION hallmark.frozen_text(value text) RETURNS bytea
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN coalesce(int4send(octet_length(value)) || convert_to(value, 'UTF8'), '\xffffffff');

CREATE FUNCTION hallmark.frozen_number(value bigint) RETURNS bytea
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN coalesce('\x00000008'::bytea || int8send(value), '\xffffffff');

-- The frozen bytes of a change, for ever in this form. They are the 18 bytes of the ASCII text hallmark.change.v1 and then 21 fields, each
-- as above: four bytes of length, big-endian (ffffffff: no value), then the value. In this order:
--
--    1 account_id           number        8 holder_id      number or none    15 external_references  text (JSON)
--    2 id                   number        9 user_id        number or none    16 version              number
--    3 at                   number       10 token_jti      text or none      17 request_id           text (UUID, lower case)
--    4 application_id       number       11 method         text              18 before_digest        bytes or none
--    5 application_name     text         12 collection_id  number            19 after_digest         bytes or none
--    6 client_id            text         13 collection     text              20 person_digest        bytes or none
--    7 key_name             text or none 14 record_id      number            21 address_digest       bytes or none
--
-- A number is a signed integer of eight bytes, big-endian; `at` is in microseconds since 1970-01-01 00:00 UTC; a text is in UTF-8.
CREATE FUNCTION hallmark.history_frozen(
    account_id bigint, id bigint, at timestamptz, application_id bigint, application_name text, client_id text, key_name text,
    holder_id bigint, user_id bigint, token_jti text, method text, collection_id int, collection text, record_id bigint,
    external_references text, version bigint, request_id uuid, before_digest bytea, after_digest bytea, person_digest bytea,
    address_digest bytea) RETURNS bytea
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN 'hallmark.change.v1'::bytea
        || hallmark.frozen_number(account_id)
        || hallmark.frozen_number(id)
        || hallmark.frozen_number(hallmark.microseconds(at))
        || hallmark.frozen_number(application_id)
        || hallmark.frozen_text(application_name)
        || hallmark.frozen_text(client_id)
        || hallmark.frozen_text(key_name)
        || hallmark.frozen_number(holder_id)
        || hallmark.frozen_number(user_id)
        || hallmark.frozen_text(token_jti)
        || hallmark.frozen_text(method)
        || hallmark.frozen_number(collection_id)
        || hallmark.frozen_text(collection)
        || hallmark.frozen_number(record_id)
        || hallmark.frozen_text(external_references)
        || hallmark.frozen_number(version)
        || hallmark.frozen_text(request_id::text)
        || hallmark.frozen_bytes(before_digest)
        || hallmark.frozen_bytes(after_digest)
        || hallmark.frozen_bytes(person_digest)
        || hallmark.frozen_bytes(address_digest);

CREATE FUNCTION hallmark.history_digest(salt bytea, value text) RETURNS bytea
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN sha256(salt || convert_to(value, 'UTF8'));

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA hallmark FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hallmark.frozen_bytes, hallmark.frozen_text, hallmark.frozen_number, hallmark.history_frozen,
    hallmark.history_digest TO hallmark_server;
GRANT USAGE ON SEQUENCE hallmark.history_id_seq TO hallmark_server;
GRANT SELECT,
    INSERT (account_id, id, at, application_id, application_name, client_id, key_name, holder_id, user_id, token_jti, method,
        collection_id, collection, record_id, external_references, version, request_id, before_digest, after_digest, person_digest,
        address_digest, frozen, frozen_digest)
    ON hallmark.change_history TO hallmark_server;
GRANT SELECT, INSERT ON hallmark.history_value TO hallmark_server;
