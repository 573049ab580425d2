-- SPDX-License-Identifier: Apache-2.0
-- Erasure: the values that tell of a person, or of one record, go out of the history with their salts. The digests stay, so every proof
-- holds; without the salt a digest tells nothing. Each erasure stands in the history itself, in every account from which it took something,
-- behind the changes that it took it from: what is not there and was not erased so is missing, and whoever checks an export sees that.

CREATE TABLE hallmark.erasure (
    account_id    bigint NOT NULL, -- in whose history it stands
    id            bigint GENERATED ALWAYS AS IDENTITY,
    kind          text NOT NULL CHECK (kind IN ('person', 'record')),
    user_id       bigint, -- of a person
    collection_id int, -- of a record
    collection    text,
    record_id     bigint,
    changes       bigint NOT NULL CHECK (changes > 0), -- that lost something
    erased        bigint NOT NULL CHECK (erased > 0), -- values
    at            timestamptz NOT NULL DEFAULT clock_timestamp(),
    xid           xid8 NOT NULL DEFAULT pg_current_xact_id(),
    PRIMARY KEY (account_id, id),
    CONSTRAINT erasure_subject CHECK (CASE kind WHEN 'person' THEN user_id IS NOT NULL AND num_nonnulls(collection_id, collection, record_id) = 0
        ELSE user_id IS NULL AND num_nulls(collection_id, collection, record_id) = 0 END)
);
CREATE TRIGGER history_refuse BEFORE UPDATE OR DELETE ON hallmark.erasure FOR EACH ROW EXECUTE FUNCTION hallmark.history_refuse();
CREATE TRIGGER history_refuse_truncate BEFORE TRUNCATE ON hallmark.erasure FOR EACH STATEMENT EXECUTE FUNCTION hallmark.history_refuse();
ALTER TABLE hallmark.erasure ENABLE ALWAYS TRIGGER history_refuse;
ALTER TABLE hallmark.erasure ENABLE ALWAYS TRIGGER history_refuse_truncate;

CREATE OR REPLACE FUNCTION hallmark.history_noun(noun text) RETURNS int
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN -array_position(ARRAY['accounts', 'users', 'members', 'applications', 'keys', 'secrets', 'templates', 'links', 'offices', 'apis',
        'collections', 'offers', 'signing-keys', 'revocations', 'webhooks', 'reference-rules', 'erasures'], noun);

-- Whose values an erasure took stands in its references: they are among the facts, which are frozen, and can be read for ever.
CREATE OR REPLACE FUNCTION hallmark.history_subject(noun text, told jsonb, OUT account_id bigint, OUT record_id bigint, OUT told_references jsonb)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    account_id := coalesce((told ->> 'account_id')::bigint, 0);
    told_references := '{}';
    CASE noun
        WHEN 'accounts' THEN
            account_id := told ->> 'id';
            record_id := told ->> 'id';
        WHEN 'members' THEN
            record_id := told ->> 'user_id';
        WHEN 'keys' THEN
            record_id := told ->> 'number';
            told_references := jsonb_build_object('Key', told ->> 'client_id');
        WHEN 'secrets' THEN
            record_id := told ->> 'id';
            told_references := jsonb_build_object('Key', told ->> 'client_id');
        WHEN 'links' THEN
            record_id := told ->> 'office_account_id';
            told_references := jsonb_build_object('Key', told ->> 'client_id');
        WHEN 'offices' THEN
            record_id := told ->> 'office_account_id';
        WHEN 'offers' THEN
            record_id := told ->> 'collection_id';
            told_references := jsonb_build_object('Api', told ->> 'api_id');
        WHEN 'signing-keys' THEN
            record_id := 0;
            told_references := jsonb_build_object('Kid', told ->> 'kid');
        WHEN 'revocations' THEN
            record_id := 0;
            told_references := jsonb_build_object('Kind', told ->> 'kind', 'Subject', told ->> 'subject');
        WHEN 'erasures' THEN
            record_id := told ->> 'id';
            told_references := jsonb_strip_nulls(jsonb_build_object('Kind', told ->> 'kind', 'User', told ->> 'user_id',
                'Collection', told ->> 'collection', 'CollectionId', told ->> 'collection_id', 'Record', told ->> 'record_id'));
        ELSE -- users, applications, templates, apis, collections, webhooks
            record_id := told ->> 'id';
    END CASE;
END
$$;
SELECT hallmark.history_watch('erasure', 'erasures');

-- Of values only this may happen: one goes, its salt with it, in a transaction that tells of it in this account.
CREATE OR REPLACE FUNCTION hallmark.history_value_guard() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF (NEW.account_id, NEW.history_id, NEW.at) IS DISTINCT FROM (OLD.account_id, OLD.history_id, OLD.at)
        OR NOT ((NEW.before, NEW.before_salt) IS NOT DISTINCT FROM (OLD.before, OLD.before_salt)
            OR NEW.before IS NULL AND NEW.before_salt IS NULL)
        OR NOT ((NEW.after, NEW.after_salt) IS NOT DISTINCT FROM (OLD.after, OLD.after_salt)
            OR NEW.after IS NULL AND NEW.after_salt IS NULL)
        OR NOT ((NEW.person, NEW.person_salt) IS NOT DISTINCT FROM (OLD.person, OLD.person_salt)
            OR NEW.person IS NULL AND NEW.person_salt IS NULL)
        OR NOT ((NEW.address, NEW.address_salt) IS NOT DISTINCT FROM (OLD.address, OLD.address_salt)
            OR NEW.address IS NULL AND NEW.address_salt IS NULL)
    THEN
        RAISE EXCEPTION 'values of the history are erased or left, never altered' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NOT EXISTS (SELECT FROM hallmark.erasure WHERE account_id = NEW.account_id AND xid = pg_current_xact_id()) THEN
        RAISE EXCEPTION 'values of the history are erased by hallmark.history_erase alone' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$;

-- The changes that hold values of a subject: of a person what he or she did (who, and from which address) and what his or her own data were,
-- of a record its documents. Exactly this is said in server/seal/export-format.md, and checked there.
CREATE FUNCTION hallmark.history_erasable(
    of_user bigint, of_account bigint, of_collection int, of_record bigint,
    OUT account_id bigint, OUT id bigint, OUT at timestamptz, OUT epoch int, OUT xid xid8, OUT documents boolean, OUT author boolean, OUT held bigint)
    RETURNS SETOF record LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY
    SELECT change.account_id, change.id, change.at, change.epoch, change.xid, change.documents, change.author,
        CASE WHEN change.documents THEN num_nonnulls(value.before, value.after) ELSE 0 END
            + CASE WHEN change.author THEN num_nonnulls(value.person, value.address) ELSE 0 END::bigint
    FROM (
        SELECT found.account_id, found.id, found.at, found.epoch, found.xid, bool_or(found.documents) AS documents, bool_or(found.author) AS author
        FROM (
            SELECT mine.account_id, mine.id, mine.at, mine.epoch, mine.xid, true AS documents, false AS author
            FROM hallmark.change_history AS mine
            WHERE mine.account_id = of_account AND mine.collection_id = of_collection AND mine.record_id = of_record
            UNION ALL
            SELECT done.account_id, done.id, done.at, done.epoch, done.xid, false, true
            FROM hallmark.change_history AS done
            WHERE of_user IS NOT NULL AND coalesce(done.user_id, done.holder_id) = of_user
        ) AS found
        GROUP BY found.account_id, found.id, found.at, found.epoch, found.xid
    ) AS change
    JOIN hallmark.history_value AS value ON value.account_id = change.account_id AND value.history_id = change.id AND value.at = change.at
    WHERE change.documents AND num_nonnulls(value.before, value.after) > 0
        OR change.author AND num_nonnulls(value.person, value.address) > 0;
END
$$;

-- Erases them, and tells so: one transaction, and one erasure at a time. Changes with a later transaction than ours would stand behind the
-- erasure in the log; they are left, counted in `remaining`, and the next call takes them.
CREATE FUNCTION hallmark.history_erase_subject(
    of_kind text, of_user bigint, of_account bigint, of_collection int, collection_name text, of_record bigint,
    OUT accounts bigint, OUT changes bigint, OUT erased bigint, OUT remaining bigint)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    ours constant xid8 := pg_current_xact_id();
    epoch_now constant int := (SELECT writing_epoch FROM hallmark.history_log WHERE log_id = 1);
BEGIN
    WITH found AS MATERIALIZED (
        SELECT *
        FROM hallmark.history_erasable(of_user, of_account, of_collection, of_record) AS erasable
        WHERE erasable.epoch < epoch_now OR erasable.xid <= ours
    ),
    recorded AS (
        INSERT INTO hallmark.erasure (account_id, kind, user_id, collection_id, collection, record_id, changes, erased)
        SELECT found.account_id, of_kind, of_user, CASE of_kind WHEN 'record' THEN of_collection END,
            CASE of_kind WHEN 'record' THEN collection_name END, CASE of_kind WHEN 'record' THEN of_record END, count(*), sum(found.held)
        FROM found
        GROUP BY found.account_id
        ORDER BY found.account_id
        RETURNING 1
    ),
    gone AS (
        UPDATE hallmark.history_value AS value
        SET before = CASE WHEN NOT found.documents THEN value.before END,
            before_salt = CASE WHEN NOT found.documents THEN value.before_salt END,
            after = CASE WHEN NOT found.documents THEN value.after END,
            after_salt = CASE WHEN NOT found.documents THEN value.after_salt END,
            person = CASE WHEN NOT found.author THEN value.person END,
            person_salt = CASE WHEN NOT found.author THEN value.person_salt END,
            address = CASE WHEN NOT found.author THEN value.address END,
            address_salt = CASE WHEN NOT found.author THEN value.address_salt END
        FROM found
        WHERE value.account_id = found.account_id AND value.history_id = found.id AND value.at = found.at
            AND (SELECT count(*) FROM recorded) > 0 -- first it is told, then done: the guard looks
        RETURNING 1
    )
    SELECT count(DISTINCT found.account_id), count(*), coalesce(sum(found.held), 0) INTO accounts, changes, erased
    FROM found
    WHERE (SELECT count(*) FROM gone) > 0;
    remaining := (SELECT count(*) FROM hallmark.history_erasable(of_user, of_account, of_collection, of_record));
END
$$;

-- A person: what stands of him or her in the history goes, and the live row becomes nobody's, disabled and without a password. The number
-- stays, since the facts name it.
CREATE FUNCTION hallmark.person_erase(
    of_user bigint, OUT accounts bigint, OUT changes bigint, OUT erased bigint, OUT remaining bigint)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    nobody constant text := format('erased-%s@erased.invalid', of_user);
BEGIN
    PERFORM pg_advisory_xact_lock(7203, -1); -- of what takes something out of the history
    IF NOT EXISTS (SELECT FROM hallmark."user" WHERE id = of_user) THEN
        RAISE EXCEPTION 'there is no such person' USING ERRCODE = 'no_data_found';
    END IF;
    UPDATE hallmark."user" SET email = nobody, name = 'erased', state = 'disabled', password_hash = NULL
    WHERE id = of_user AND (email, name, state, password_hash) IS DISTINCT FROM (nobody, 'erased', 'disabled', NULL);
    UPDATE hallmark.admin_request SET request_digest = sha256(convert_to(gen_random_uuid()::text, 'UTF8'))
    WHERE subject = of_user::text; -- it covers the address with which the person was made
    SELECT done.* INTO accounts, changes, erased, remaining
    FROM hallmark.history_erase_subject('person', of_user, 0, hallmark.history_noun('users'), NULL, of_user) AS done;
END
$$;

-- A record that was deleted: its documents in all its changes go, what receivers of webhooks answered to them, and the digests of the requests
-- that an Idempotency-Key stood for (a guess could be tried on them; a repeated request is refused as another one).
CREATE FUNCTION hallmark.record_erase(
    of_account bigint, collection_name text, of_record bigint,
    OUT accounts bigint, OUT changes bigint, OUT erased bigint, OUT remaining bigint)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    of_collection constant int := (SELECT id FROM hallmark.collection WHERE name = collection_name);
BEGIN
    PERFORM pg_advisory_xact_lock(7203, -1); -- of what takes something out of the history
    IF EXISTS (SELECT FROM hallmark.record WHERE account_id = of_account AND collection_id = of_collection AND id = of_record) THEN
        RAISE EXCEPTION 'the record is still there: delete it first' USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    IF NOT EXISTS (SELECT FROM hallmark.change_history
        WHERE account_id = of_account AND collection_id = of_collection AND record_id = of_record)
    THEN
        RAISE EXCEPTION 'the account''s history knows no such record' USING ERRCODE = 'no_data_found';
    END IF;
    UPDATE hallmark.webhook_delivery SET detail = NULL
    WHERE account_id = of_account AND detail IS NOT NULL AND event_id IN (SELECT id FROM hallmark.change_history
        WHERE account_id = of_account AND collection_id = of_collection AND record_id = of_record);
    UPDATE hallmark.idempotency SET request_digest = sha256(convert_to(gen_random_uuid()::text, 'UTF8'))
    WHERE account_id = of_account AND history_id IN (SELECT id FROM hallmark.change_history
        WHERE account_id = of_account AND collection_id = of_collection AND record_id = of_record);
    SELECT done.* INTO accounts, changes, erased, remaining
    FROM hallmark.history_erase_subject('record', NULL, of_account, of_collection, collection_name, of_record) AS done;
END
$$;

-- Only the owner erases: whoever holds the server's password cannot make the history forget.
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA hallmark FROM PUBLIC;
GRANT SELECT ON hallmark.erasure TO hallmark_server;
