-- SPDX-License-Identifier: Apache-2.0
-- The change history: one row a change, written by the statement that changes, and never altered afterwards by anybody.
--
-- change_history holds facts and salted digests, history_value the values that may be personal (and may be erased one day, with their
-- salts, while the digests go on to prove the rest). Both are partitioned by month, in UTC. What a row must be is checked by a trigger:
-- PostgreSQL reads each CHECK of a table anew at every statement, and a dozen of them would cost as much as the rest of a write.

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
    -- The server's role cannot set what follows: it is what the database says.
    frozen              bytea NOT NULL,
    frozen_digest       bytea NOT NULL,
    log_id              smallint NOT NULL DEFAULT 1,
    epoch               int NOT NULL DEFAULT 1,
    xid                 xid8 NOT NULL DEFAULT pg_current_xact_id(),
    PRIMARY KEY (account_id, id, at)
) PARTITION BY RANGE (at);
CREATE INDEX change_history_record ON hallmark.change_history (account_id, collection_id, record_id, id);
CREATE INDEX change_history_request ON hallmark.change_history (request_id);
CREATE INDEX change_history_xid ON hallmark.change_history (xid);

-- A digest in change_history is SHA-256 over the 16 bytes of salt and the value's text in UTF-8. What stands here is proven by those digests or
-- it is worth nothing; so nothing is checked when it is written, only that it is not altered later.
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

-- Checks a change and freezes it. The frozen bytes have this form for ever (PostgreSQL's binary form of a row): four bytes with the number
-- of fields, 22, and then each field as four bytes of kind (20: number, 17: bytes), four of length (ffffffff: no value), and the value.
-- All of these, and numbers (of eight bytes, signed), are big-endian. The fields are
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
-- Texts are bytes in UTF-8; `at` is in microseconds since 1970-01-01 00:00 UTC. The digest is their SHA-256.
-- (It looks nowhere but in pg_catalog: the server's role must not be able to put another sha256 in its way.)
CREATE FUNCTION hallmark.history_freeze() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF (NEW.before_digest IS NULL) <> (NEW.method = 'POST') OR (NEW.after_digest IS NULL) <> (NEW.method = 'DELETE')
        OR NEW.method NOT IN ('POST', 'PUT', 'DELETE')
        OR octet_length(NEW.before_digest) <> 32 OR octet_length(NEW.after_digest) <> 32
        OR octet_length(NEW.person_digest) <> 32 OR octet_length(NEW.address_digest) <> 32
    THEN
        RAISE EXCEPTION 'a change has a digest before unless it is a POST, and one after unless it is a DELETE, of 32 bytes each'
            USING ERRCODE = 'check_violation';
    END IF;
    NEW.frozen := record_send(ROW(
        'hallmark.change.v1'::bytea,
        NEW.account_id,
        NEW.id,
        (extract(epoch FROM NEW.at) * 1000000)::bigint,
        NEW.application_id,
        convert_to(NEW.application_name, 'UTF8'),
        convert_to(NEW.client_id, 'UTF8'),
        convert_to(NEW.key_name, 'UTF8'),
        NEW.holder_id,
        NEW.user_id,
        convert_to(NEW.token_jti, 'UTF8'),
        convert_to(NEW.method, 'UTF8'),
        NEW.collection_id::bigint,
        convert_to(NEW.collection, 'UTF8'),
        NEW.record_id,
        convert_to(NEW.external_references, 'UTF8'),
        NEW.version,
        uuid_send(NEW.request_id),
        NEW.before_digest,
        NEW.after_digest,
        NEW.person_digest,
        NEW.address_digest));
    NEW.frozen_digest := sha256(NEW.frozen);
    RETURN NEW;
END
$$;
CREATE TRIGGER history_freeze BEFORE INSERT ON hallmark.change_history FOR EACH ROW EXECUTE FUNCTION hallmark.history_freeze();
ALTER TABLE hallmark.change_history ENABLE ALWAYS TRIGGER history_freeze;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA hallmark FROM PUBLIC;
GRANT USAGE ON SEQUENCE hallmark.history_id_seq TO hallmark_server;
GRANT SELECT,
    INSERT (account_id, id, at, application_id, application_name, client_id, key_name, holder_id, user_id, token_jti, method,
        collection_id, collection, record_id, external_references, version, request_id, before_digest, after_digest, person_digest,
        address_digest)
    ON hallmark.change_history TO hallmark_server;
GRANT SELECT, INSERT ON hallmark.history_value TO hallmark_server;
