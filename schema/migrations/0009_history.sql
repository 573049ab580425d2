-- SPDX-License-Identifier: Apache-2.0
-- The change history: one row a change, written by the statement that changes, and never altered afterwards by anybody.
--
-- change_history holds facts and salted digests, history_value the values that may be personal (and may be erased one day, with their
-- salts, while the digests go on to prove the rest). Both are partitioned by month, in UTC. They have no CHECKs: PostgreSQL reads each of
-- these anew at every statement, and a dozen of them would cost as much as the rest of a write.

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
    method              text NOT NULL,
    collection_id       int NOT NULL,
    collection          text NOT NULL,
    record_id           bigint NOT NULL,
    external_references text NOT NULL, -- JSON, frozen as text
    version             bigint NOT NULL,
    request_id          uuid NOT NULL,
    before_digest       bytea,
    after_digest        bytea,
    person_digest       bytea,
    address_digest      bytea,
    frozen              bytea NOT NULL,
    frozen_digest       bytea NOT NULL,
    -- The server's role cannot set what follows: it is what the database says.
    log_id              smallint NOT NULL DEFAULT 1,
    epoch               int NOT NULL DEFAULT 1,
    xid                 xid8 NOT NULL DEFAULT pg_current_xact_id(),
    PRIMARY KEY (account_id, id, at)
) PARTITION BY RANGE (at);
CREATE INDEX change_history_record ON hallmark.change_history (account_id, collection_id, record_id, id);
CREATE INDEX change_history_request ON hallmark.change_history (request_id);
CREATE INDEX change_history_xid ON hallmark.change_history (xid);

-- A digest in change_history is SHA-256 over the 16 bytes of salt and the value's text in UTF-8. What stands here is proven by those digests
-- or it is worth nothing; so nothing is checked when it is written, only that it is not altered later.
CREATE TABLE hallmark.history_value (
    account_id   bigint NOT NULL,
    history_id   bigint NOT NULL,
    at           timestamptz NOT NULL,
    before       text,
    before_salt  bytea,
    after        text,
    after_salt   bytea,
    person       text,
    person_salt  bytea,
    address      text,
    address_salt bytea,
    PRIMARY KEY (account_id, history_id, at)
) PARTITION BY RANGE (at);
DO $$
BEGIN
    ALTER TABLE hallmark.history_value ALTER before SET COMPRESSION lz4, ALTER after SET COMPRESSION lz4;
EXCEPTION
    WHEN feature_not_supported THEN NULL;
END
$$;

-- The frozen bytes of a change have this form for ever (PostgreSQL's binary form of a row): four bytes with the number of fields, 22, and
-- then each field as four bytes of kind (20: number, 17: bytes), four of length (ffffffff: no value), and the value. All of these, and
-- numbers (of eight bytes, signed), are big-endian. The fields are
--
--    1 the ASCII text hallmark.change.v1    9 holder_id        number or none    17 version         number
--    2 account_id        number            10 user_id          number or none    18 request_id      the UUID's 16 bytes
--    3 id                number            11 token_jti        bytes or none     19 before_digest   bytes or none
--    4 at                number            12 method           bytes             20 after_digest    bytes or none
--    5 application_id    number            13 collection_id    number            21 person_digest   bytes or none
--    6 application_name  bytes             14 collection       bytes             22 address_digest  bytes or none
--    7 client_id         bytes             15 record_id        number
--    8 key_name          bytes or none     16 external_references bytes (JSON)
--
-- Texts are bytes in UTF-8; `at` is in microseconds since 1970-01-01 00:00 UTC. frozen_digest is their SHA-256. The statements that write
-- records call this function; it is inlined there. (A trigger that froze each row, so that no statement could freeze something else, cost a
-- fifth of a write. Who seals the log makes the bytes again from the columns and compares.)
CREATE FUNCTION hallmark.history_frozen(
    account_id bigint, id bigint, at timestamptz, application_id bigint, application_name text, client_id text, key_name text,
    holder_id bigint, user_id bigint, token_jti text, method text, collection_id int, collection text, record_id bigint,
    external_references text, version bigint, request_id uuid, before_digest bytea, after_digest bytea, person_digest bytea,
    address_digest bytea) RETURNS bytea
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN record_send(ROW(
        'hallmark.change.v1'::bytea,
        account_id,
        id,
        (extract(epoch FROM at) * 1000000)::bigint,
        application_id,
        convert_to(application_name, 'UTF8'),
        convert_to(client_id, 'UTF8'),
        convert_to(key_name, 'UTF8'),
        holder_id,
        user_id,
        convert_to(token_jti, 'UTF8'),
        convert_to(method, 'UTF8'),
        collection_id::bigint,
        convert_to(collection, 'UTF8'),
        record_id,
        convert_to(external_references, 'UTF8'),
        version,
        uuid_send(request_id),
        before_digest,
        after_digest,
        person_digest,
        address_digest));

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA hallmark FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hallmark.history_frozen TO hallmark_server;
GRANT USAGE ON SEQUENCE hallmark.history_id_seq TO hallmark_server;
GRANT SELECT,
    INSERT (account_id, id, at, application_id, application_name, client_id, key_name, holder_id, user_id, token_jti, method,
        collection_id, collection, record_id, external_references, version, request_id, before_digest, after_digest, person_digest,
        address_digest, frozen, frozen_digest)
    ON hallmark.change_history TO hallmark_server;
GRANT SELECT, INSERT ON hallmark.history_value TO hallmark_server;
