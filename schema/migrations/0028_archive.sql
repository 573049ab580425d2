-- SPDX-License-Identifier: Apache-2.0
-- Archives: a month of the history that was written to a file, with its proofs, may go out of the database. Its leaves stay in the log, so
-- that every proof, the sealing and the accounts' sequences go on as before; what went stands in the history of each account.

-- --- what exports and archives tell of a change -------------------------------------------------------------------------------------------

-- Its facts as they are frozen; its values with their salts, as far as they are there; the names of those that are not.
CREATE FUNCTION hallmark.history_facts(change hallmark.change_history) RETURNS jsonb
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN jsonb_build_object('account_id', (change).account_id, 'id', (change).id, 'at', hallmark.microseconds((change).at),
        'application_id', (change).application_id, 'application_name', (change).application_name, 'client_id', (change).client_id,
        'key_name', (change).key_name, 'holder_id', (change).holder_id, 'user_id', (change).user_id, 'token_jti', (change).token_jti,
        'method', (change).method, 'collection_id', (change).collection_id, 'collection', (change).collection, 'record_id', (change).record_id,
        'external_references', (change).external_references, 'version', (change).version, 'request_id', (change).request_id,
        'before_digest', encode((change).before_digest, 'hex'), 'after_digest', encode((change).after_digest, 'hex'),
        'person_digest', encode((change).person_digest, 'hex'), 'address_digest', encode((change).address_digest, 'hex'));
CREATE FUNCTION hallmark.history_held(value hallmark.history_value) RETURNS jsonb
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN jsonb_strip_nulls(jsonb_build_object('before', (value).before, 'before_salt', encode((value).before_salt, 'hex'),
        'after', (value).after, 'after_salt', encode((value).after_salt, 'hex'), 'person', (value).person,
        'person_salt', encode((value).person_salt, 'hex'), 'address', (value).address, 'address_salt', encode((value).address_salt, 'hex')));
CREATE FUNCTION hallmark.history_lost(change hallmark.change_history, value hallmark.history_value) RETURNS jsonb
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE WHEN num_nonnulls((change).before_digest, (change).after_digest, (change).person_digest, (change).address_digest)
            > num_nonnulls((value).before, (value).after, (value).person, (value).address) THEN
        to_jsonb(array_remove(ARRAY[CASE WHEN (change).before_digest IS NOT NULL AND (value).before IS NULL THEN 'before' END,
            CASE WHEN (change).after_digest IS NOT NULL AND (value).after IS NULL THEN 'after' END,
            CASE WHEN (change).person_digest IS NOT NULL AND (value).person IS NULL THEN 'person' END,
            CASE WHEN (change).address_digest IS NOT NULL AND (value).address IS NULL THEN 'address' END], NULL))
    END;

-- --- what went ---------------------------------------------------------------------------------------------------------------------------

-- How long changes stay in the database at least.
CREATE TABLE hallmark.history_retention (
    id     smallint PRIMARY KEY DEFAULT 1 CHECK (id = 1),
    months int NOT NULL DEFAULT 12 CHECK (months BETWEEN 1 AND 1200) -- whole ones, before this one
);
INSERT INTO hallmark.history_retention DEFAULT VALUES;

-- A month that went, in the account of each that had changes in it, and in account 0.
CREATE TABLE hallmark.archive (
    account_id   bigint NOT NULL,
    id           bigint GENERATED ALWAYS AS IDENTITY,
    month        date NOT NULL CHECK (month = date_trunc('month', month)),
    file         text NOT NULL CHECK (octet_length(file) BETWEEN 1 AND 255), -- as it was called, without its folders
    file_digest  bytea NOT NULL CHECK (octet_length(file_digest) = 32), -- SHA-256
    changes      bigint NOT NULL CHECK (changes >= 0), -- of the account in this month
    first_index  bigint, -- of the account in this month
    last_index   bigint,
    gone         int8multirange NOT NULL, -- which of the account's places are no longer in the database, in this month and all before it
    file_changes bigint NOT NULL CHECK (file_changes >= changes), -- of all accounts
    at           timestamptz NOT NULL DEFAULT clock_timestamp(),
    xid          xid8 NOT NULL DEFAULT pg_current_xact_id(),
    PRIMARY KEY (account_id, month)
);
CREATE TRIGGER history_refuse BEFORE UPDATE OR DELETE ON hallmark.archive FOR EACH ROW EXECUTE FUNCTION hallmark.history_refuse();
CREATE TRIGGER history_refuse_truncate BEFORE TRUNCATE ON hallmark.archive FOR EACH STATEMENT EXECUTE FUNCTION hallmark.history_refuse();
ALTER TABLE hallmark.archive ENABLE ALWAYS TRIGGER history_refuse;
ALTER TABLE hallmark.archive ENABLE ALWAYS TRIGGER history_refuse_truncate;

CREATE OR REPLACE FUNCTION hallmark.history_noun(noun text) RETURNS int
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN -array_position(ARRAY['accounts', 'users', 'members', 'applications', 'keys', 'secrets', 'templates', 'links', 'offices', 'apis',
        'collections', 'offers', 'signing-keys', 'revocations', 'webhooks', 'reference-rules', 'erasures', 'activations',
        'history-exports', 'archives', 'retentions'], noun);

-- What an archive took stands in its references, as that of an erasure.
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
        WHEN 'archives' THEN
            record_id := told ->> 'id';
            told_references := jsonb_build_object('Month', left(told ->> 'month', 7), 'File', told ->> 'file',
                'SHA256', substr(told ->> 'file_digest', 3), 'Changes', told ->> 'changes', 'Gone', told ->> 'gone');
        ELSE -- users, applications, templates, apis, collections, webhooks, retentions
            record_id := told ->> 'id';
    END CASE;
END
$$;
SELECT hallmark.history_watch('archive', 'archives');
SELECT hallmark.history_watch('history_retention', 'retentions');

-- Where an archive of a month begins and ends, and what would be in it; refuses a month that cannot go. Oldest first: what a change lacks
-- and what is gone is told by later changes, which must not go before it.
CREATE FUNCTION hallmark.archive_month(given text, OUT month date, OUT from_us bigint, OUT to_us bigint, OUT changes bigint)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    today constant date := date_trunc('month', now() AT TIME ZONE 'UTC');
    kept constant int := (SELECT months FROM hallmark.history_retention);
    suffix constant text := replace(given, '-', '_');
    older text;
    begins timestamptz;
    ends timestamptz;
BEGIN
    IF given IS NULL OR given !~ '^[0-9]{4}-(0[1-9]|1[0-2])$' THEN
        RAISE EXCEPTION '% is no month such as 2026-01', given USING ERRCODE = 'invalid_parameter_value';
    END IF;
    month := to_date(given, 'YYYY-MM');
    begins := month::timestamp AT TIME ZONE 'UTC';
    ends := (month + interval '1 month') AT TIME ZONE 'UTC';
    from_us := hallmark.microseconds(begins);
    to_us := hallmark.microseconds(ends);
    IF EXISTS (SELECT FROM hallmark.archive WHERE archive.account_id = 0 AND archive.month = archive_month.month) THEN
        RAISE EXCEPTION 'the month % was archived already', given USING ERRCODE = 'object_not_in_prerequisite_state';
    ELSIF month >= today THEN
        RAISE EXCEPTION 'the month % is not over', given USING ERRCODE = 'object_not_in_prerequisite_state';
    ELSIF month + make_interval(months => kept) >= today THEN
        RAISE EXCEPTION 'the month % has to stay: % whole months are kept', given, kept USING ERRCODE = 'object_not_in_prerequisite_state',
            HINT = 'hallmark history retain sets how many';
    ELSIF to_regclass('hallmark.change_history_' || suffix) IS NULL OR to_regclass('hallmark.history_value_' || suffix) IS NULL THEN
        RAISE EXCEPTION 'there is no month % in the history', given USING ERRCODE = 'no_data_found';
    END IF;
    SELECT min(substr(relname, length('change_history_') + 1)) INTO older FROM pg_class JOIN pg_inherits ON inhrelid = pg_class.oid
    WHERE inhparent = 'hallmark.change_history'::regclass AND relname ~ '^change_history_[0-9]{4}_[0-9]{2}$';
    IF older < suffix THEN
        RAISE EXCEPTION 'the month % comes first', replace(older, '_', '-') USING ERRCODE = 'object_not_in_prerequisite_state';
    ELSIF EXISTS (SELECT FROM hallmark.change_history_default WHERE at < ends) OR EXISTS (SELECT FROM hallmark.history_value_default WHERE at < ends)
    THEN
        RAISE EXCEPTION 'changes of this month or before it lie in the default partition' USING ERRCODE = 'object_not_in_prerequisite_state';
    ELSIF EXISTS (SELECT FROM hallmark.change_history AS change WHERE change.at >= begins AND change.at < ends
        AND NOT EXISTS (SELECT FROM hallmark.history_leaf AS leaf WHERE leaf.account_id = change.account_id AND leaf.history_id = change.id))
    THEN
        RAISE EXCEPTION 'changes of the month % are not sealed yet', given USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    SELECT count(*) INTO changes FROM hallmark.change_history AS change WHERE change.at >= begins AND change.at < ends;
END
$$;

-- Tells every account what goes, and lets the month's partitions go. Whoever calls this has the file, with so many changes of the month, and
-- has checked it.
CREATE FUNCTION hallmark.archive_drop(given text, of_file text, of_digest bytea, of_changes bigint, OUT accounts bigint)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '5s' AS $$
DECLARE
    state record;
    suffix constant text := replace(given, '-', '_');
    parent text;
BEGIN
    PERFORM pg_advisory_xact_lock(7203, -1); -- of what takes something out of the history
    state := hallmark.archive_month(given);
    IF state.changes IS DISTINCT FROM of_changes THEN
        RAISE EXCEPTION 'the month has % changes and the file %', state.changes, of_changes USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    INSERT INTO hallmark.archive (account_id, month, file, file_digest, changes, first_index, last_index, gone, file_changes)
    SELECT coalesce(went.account_id, 0), state.month, of_file, of_digest, coalesce(went.changes, 0), went.first_index, went.last_index,
        coalesce(before.gone, '{}') + coalesce(went.places, '{}'), of_changes
    FROM (
        SELECT leaf.account_id, count(*) AS changes, min(leaf.leaf_index) AS first_index, max(leaf.leaf_index) AS last_index,
            range_agg(int8range(leaf.account_seq, leaf.account_seq, '[]')) AS places
        FROM hallmark.change_history AS change
        JOIN hallmark.history_leaf AS leaf ON leaf.account_id = change.account_id AND leaf.history_id = change.id
        WHERE change.at >= hallmark.moment(state.from_us) AND change.at < hallmark.moment(state.to_us)
        GROUP BY leaf.account_id
    ) AS went
    FULL JOIN (VALUES (0::bigint)) AS always (account_id) ON always.account_id = went.account_id
    LEFT JOIN LATERAL (
        SELECT earlier.gone FROM hallmark.archive AS earlier WHERE earlier.account_id = coalesce(went.account_id, 0) ORDER BY earlier.month DESC LIMIT 1
    ) AS before ON true
    ORDER BY 1;
    GET DIAGNOSTICS accounts = ROW_COUNT;
    FOREACH parent IN ARRAY ARRAY['change_history', 'history_value'] LOOP
        EXECUTE format('ALTER TABLE hallmark.%I DETACH PARTITION hallmark.%I', parent, parent || '_' || suffix);
        EXECUTE format('DROP TABLE hallmark.%I', parent || '_' || suffix);
    END LOOP;
END
$$;

-- What to tell of a place of an account that is gone; NULL when it is not.
CREATE FUNCTION hallmark.archive_told(of_account bigint, of_place bigint) RETURNS text
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT format('It was archived on %s: see the file %s with the SHA-256 digest %s.', to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD'), file,
        encode(file_digest, 'hex'))
    FROM hallmark.archive
    WHERE account_id = of_account AND gone @> of_place
    ORDER BY month
    LIMIT 1
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA hallmark FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hallmark.history_facts, hallmark.history_held, hallmark.history_lost, hallmark.archive_told TO hallmark_server;
GRANT SELECT ON hallmark.archive TO hallmark_server;
