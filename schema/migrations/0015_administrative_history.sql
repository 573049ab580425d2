-- SPDX-License-Identifier: Apache-2.0
-- Administrative changes stand in the same history as those of records: row triggers write them, so that no statement can forget it, and
-- neither can somebody who changes a table by hand.
--
-- Such a row names what it changed by a noun in the plural (keys, members, ...) where others have their collection; a noun's number is
-- negative, and no collection may take its name. record_id is the changed row's own number; where a row has none (signing keys) it is 0,
-- and external_references tell it. The documents before and after are the row without its secrets: a
-- password that was changed is a change in which no value differs.

CREATE FUNCTION hallmark.history_noun(noun text) RETURNS int
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN -array_position(ARRAY['accounts', 'users', 'members', 'applications', 'keys', 'secrets', 'templates', 'links', 'offices', 'apis',
        'collections', 'offers', 'signing-keys', 'revocations', 'webhooks'], noun);

-- What a collection of this name is called in the history: a noun's number, or the collection's own.
CREATE FUNCTION hallmark.history_collection(given text) RETURNS int
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN coalesce(hallmark.history_noun(given), (SELECT id FROM hallmark.collection WHERE name = given));

ALTER TABLE hallmark.collection ADD CONSTRAINT collection_name_is_no_noun CHECK (hallmark.history_noun(name) IS NULL);

-- A key's number beside its client_id: what a history of numbers can name.
ALTER TABLE hallmark.client ADD COLUMN number bigint GENERATED ALWAYS AS IDENTITY;

-- Where a row belongs, and which it is. The references are what a person knows it by beside its number.
CREATE FUNCTION hallmark.history_subject(noun text, told jsonb, OUT account_id bigint, OUT record_id bigint, OUT told_references jsonb)
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
        ELSE -- users, applications, templates, apis, collections, webhooks
            record_id := told ->> 'id';
    END CASE;
END
$$;

-- Who changes, and through what: hallmark.actor is set by our own programs, for a transaction or for a session. Its members are
-- application_id, application_name, client_id, key_name, holder_id, user_id, person, token_jti, request_id and address, as in
-- hallmark.change_history, and `seed`, secret randomness that salts are made from. A change without it was made by hand: then the role that
-- logged in is the person.
CREATE FUNCTION hallmark.history_actor() RETURNS jsonb
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    given text := nullif(current_setting('hallmark.actor', true), '');
BEGIN
    RETURN coalesce(given::jsonb, jsonb_build_object('application_name', 'database', 'person', session_user));
END
$$;

CREATE FUNCTION hallmark.history_tell() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    noun constant text := TG_ARGV[0];
    secrets constant text[] := '{password_hash,digest,sealed,old_sealed,public_der,secrets_made}';
    counts constant text[] := '{version,secrets_made,sealed}';
    old_row constant jsonb := to_jsonb(OLD) - secrets;
    new_row constant jsonb := to_jsonb(NEW) - secrets;
    actor constant jsonb := hallmark.history_actor();
    seed constant text := coalesce(actor ->> 'seed', gen_random_uuid()::text || gen_random_uuid()::text);
    row_id constant bigint := nextval('hallmark.history_id_seq');
    moment constant timestamptz := clock_timestamp();
    salts bytea[];
    subject record;
    change hallmark.change_history;
BEGIN
    -- A count alone is no change, nor is a new seal around the same key, nor that the janitor drops what has ended.
    IF to_jsonb(OLD) - counts = to_jsonb(NEW) - counts
        OR TG_OP = 'DELETE' AND coalesce(old_row ->> 'not_after', old_row ->> 'until', 'infinity')::timestamptz <= moment
    THEN
        RETURN NULL;
    END IF;
    SELECT array_agg(substr(sha256(convert_to(concat_ws(':', seed, row_id, field), 'UTF8')), 1, 16) ORDER BY field) INTO salts
        FROM generate_series(1, 4) AS field;
    subject := hallmark.history_subject(noun, coalesce(new_row, old_row));

    change.account_id := subject.account_id;
    change.id := row_id;
    change.at := moment;
    change.application_id := coalesce((actor ->> 'application_id')::bigint, 0);
    change.application_name := actor ->> 'application_name';
    change.client_id := coalesce(actor ->> 'client_id', '');
    change.key_name := actor ->> 'key_name';
    change.holder_id := (actor ->> 'holder_id')::bigint;
    change.user_id := (actor ->> 'user_id')::bigint;
    change.token_jti := actor ->> 'token_jti';
    change.method := CASE TG_OP WHEN 'INSERT' THEN 'POST' WHEN 'UPDATE' THEN 'PUT' ELSE 'DELETE' END;
    change.collection_id := hallmark.history_noun(noun);
    change.collection := noun;
    change.record_id := subject.record_id;
    change.external_references := subject.told_references::text;
    change.version := coalesce((coalesce(new_row, old_row) ->> 'version')::bigint, 1);
    change.request_id := coalesce((actor ->> 'request_id')::uuid, gen_random_uuid());
    change.before_digest := sha256(salts[1] || convert_to(old_row::text, 'UTF8'));
    change.after_digest := sha256(salts[2] || convert_to(new_row::text, 'UTF8'));
    change.person_digest := sha256(salts[3] || convert_to(actor ->> 'person', 'UTF8'));
    change.address_digest := sha256(salts[4] || convert_to(actor ->> 'address', 'UTF8'));
    change.frozen := hallmark.history_frozen(change.account_id, change.id, change.at, change.application_id, change.application_name,
        change.client_id, change.key_name, change.holder_id, change.user_id, change.token_jti, change.method, change.collection_id,
        change.collection, change.record_id, change.external_references, change.version, change.request_id, change.before_digest,
        change.after_digest, change.person_digest, change.address_digest);

    INSERT INTO hallmark.change_history
        (account_id, id, at, application_id, application_name, client_id, key_name, holder_id, user_id, token_jti, method, collection_id,
        collection, record_id, external_references, version, request_id, before_digest, after_digest, person_digest, address_digest, frozen,
        frozen_digest)
    VALUES (change.account_id, change.id, change.at, change.application_id, change.application_name, change.client_id, change.key_name,
        change.holder_id, change.user_id, change.token_jti, change.method, change.collection_id, change.collection, change.record_id,
        change.external_references, change.version, change.request_id, change.before_digest, change.after_digest, change.person_digest,
        change.address_digest, change.frozen, sha256(change.frozen));
    INSERT INTO hallmark.history_value
        (account_id, history_id, at, before, before_salt, after, after_salt, person, person_salt, address, address_salt)
    SELECT change.account_id, row_id, moment, old_row::text, CASE WHEN old_row IS NOT NULL THEN salts[1] END,
        new_row::text, CASE WHEN new_row IS NOT NULL THEN salts[2] END,
        actor ->> 'person', CASE WHEN actor ->> 'person' IS NOT NULL THEN salts[3] END,
        actor ->> 'address', CASE WHEN actor ->> 'address' IS NOT NULL THEN salts[4] END;
    RETURN NULL;
END
$$;

-- Makes the trigger of an administered table; a table that comes later calls it, too.
CREATE FUNCTION hallmark.history_watch(watched text, noun text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF hallmark.history_noun(noun) IS NULL THEN
        RAISE EXCEPTION '% is no noun of the history', noun USING ERRCODE = 'invalid_parameter_value';
    END IF;
    EXECUTE format('CREATE TRIGGER history_tell AFTER INSERT OR UPDATE OR DELETE ON hallmark.%I'
        ' FOR EACH ROW EXECUTE FUNCTION hallmark.history_tell(%L)', watched, noun);
END
$$;

SELECT hallmark.history_watch(watched, noun) FROM (VALUES
    ('account', 'accounts'), ('user', 'users'), ('member', 'members'), ('application', 'applications'), ('client', 'keys'),
    ('client_secret', 'secrets'), ('access_template', 'templates'), ('link', 'links'), ('office_access', 'offices'), ('api', 'apis'),
    ('collection', 'collections'), ('api_collection', 'offers'), ('signing_key', 'signing-keys'), ('revocation', 'revocations'),
    ('webhook', 'webhooks')
) AS row_of (watched, noun);

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA hallmark FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hallmark.history_noun, hallmark.history_collection TO hallmark_server;
