-- SPDX-License-Identifier: Apache-2.0
-- The feed of policy changes: each change of what decides about a request is told to every node. Row triggers write it, so that no
-- statement can forget it.

CREATE TABLE hallmark.revocation (
    kind       text NOT NULL CHECK (kind IN ('jti', 'grant', 'client', 'application', 'account')),
    subject    text COLLATE "C" NOT NULL CHECK (octet_length(subject) BETWEEN 1 AND 200),
    account_id bigint NOT NULL,
    until      timestamptz NOT NULL, -- when it no longer matters
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (kind, subject, account_id)
);
CREATE INDEX revocation_until ON hallmark.revocation (until);

CREATE SEQUENCE hallmark.policy_change_id_seq;
CREATE TABLE hallmark.policy_change (
    id         bigint PRIMARY KEY,
    kind       text NOT NULL CHECK (kind IN ('client', 'member', 'account', 'application', 'api', 'signing_key', 'revocation')),
    account_id bigint NOT NULL,
    subject    text NOT NULL,
    at         timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX policy_change_at ON hallmark.policy_change (at);

CREATE TABLE hallmark.node (
    id         text COLLATE "C" PRIMARY KEY CHECK (octet_length(id) BETWEEN 1 AND 100),
    started_at timestamptz NOT NULL DEFAULT now(),
    seen_at    timestamptz NOT NULL DEFAULT now(),
    applied    bigint NOT NULL -- the change up to which all its threads have come
);

-- Ids follow the order of commits: the lock is taken before the number is drawn, and held until the transaction ends. So whoever has
-- seen a change has seen all with a smaller id. Locks (7203, n) are ours: 1 this one, 2 the janitor's, 3 the migrations'.
CREATE FUNCTION hallmark.policy_change_number() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(7203, 1);
    NEW.id := nextval('hallmark.policy_change_id_seq');
    PERFORM pg_notify('hallmark_policy', NEW.id::text);
    RETURN NEW;
END
$$;
CREATE TRIGGER policy_change_number BEFORE INSERT ON hallmark.policy_change
    FOR EACH ROW EXECUTE FUNCTION hallmark.policy_change_number();

-- One trigger function for all tables; its argument is the kind. It runs as the owner, since the server's role may not write the feed.
CREATE FUNCTION hallmark.policy_tell() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    old_row jsonb := to_jsonb(OLD);
    new_row jsonb := to_jsonb(NEW);
    told jsonb := coalesce(new_row, old_row);
BEGIN
    -- The count of changes alone is no change. Neither is a new seal around the same signing key: a node that runs with the old master key
    -- has opened it already, and goes on until it is started with the new one.
    IF TG_OP = 'UPDATE' AND old_row - '{version,sealed}'::text[] = new_row - '{version,sealed}'::text[] THEN
        RETURN NULL;
    END IF;
    INSERT INTO hallmark.policy_change (kind, account_id, subject)
    SELECT TG_ARGV[0], account_id, subject
    FROM hallmark.policy_subjects(TG_TABLE_NAME, told) AS of_row (account_id, subject);
    RETURN NULL;
END
$$;

-- Whom a row of a table concerns: the account (0: all) and the subject, as server/store/feed.h lists them.
CREATE FUNCTION hallmark.policy_subjects(table_name text, told jsonb) RETURNS TABLE (account_id bigint, subject text)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    CASE table_name
        WHEN 'account' THEN
            RETURN QUERY SELECT (told ->> 'id')::bigint, told ->> 'id';
        WHEN 'member' THEN
            RETURN QUERY SELECT (told ->> 'account_id')::bigint, told ->> 'user_id';
        WHEN 'user' THEN -- in each account that the person is a member of
            RETURN QUERY SELECT member.account_id, told ->> 'id' FROM hallmark.member WHERE member.user_id = (told ->> 'id')::bigint
                ORDER BY 1;
        WHEN 'client', 'client_secret' THEN
            RETURN QUERY SELECT (told ->> 'account_id')::bigint, told ->> 'client_id';
        WHEN 'link' THEN
            RETURN QUERY SELECT (told ->> 'office_account_id')::bigint, told ->> 'client_id';
        WHEN 'access_template', 'office_access' THEN
            RETURN QUERY SELECT (told ->> 'account_id')::bigint, told ->> 'account_id';
        WHEN 'signing_key' THEN
            RETURN QUERY SELECT 0::bigint, told ->> 'kid';
        WHEN 'revocation' THEN
            RETURN QUERY SELECT (told ->> 'account_id')::bigint, (told ->> 'kind') || ':' || (told ->> 'subject');
        WHEN 'api_collection' THEN
            RETURN QUERY SELECT 0::bigint, told ->> 'api_id';
        ELSE -- application, api, collection
            RETURN QUERY SELECT 0::bigint, told ->> 'id';
    END CASE;
END
$$;

CREATE TRIGGER policy_tell AFTER INSERT OR UPDATE OR DELETE ON hallmark.account
    FOR EACH ROW EXECUTE FUNCTION hallmark.policy_tell('account');
CREATE TRIGGER policy_tell AFTER INSERT OR UPDATE OR DELETE ON hallmark.member
    FOR EACH ROW EXECUTE FUNCTION hallmark.policy_tell('member');
CREATE TRIGGER policy_tell AFTER INSERT OR UPDATE OR DELETE ON hallmark."user"
    FOR EACH ROW EXECUTE FUNCTION hallmark.policy_tell('member');
CREATE TRIGGER policy_tell AFTER INSERT OR UPDATE OR DELETE ON hallmark.application
    FOR EACH ROW EXECUTE FUNCTION hallmark.policy_tell('application');
CREATE TRIGGER policy_tell AFTER INSERT OR UPDATE OR DELETE ON hallmark.client
    FOR EACH ROW EXECUTE FUNCTION hallmark.policy_tell('client');
CREATE TRIGGER policy_tell AFTER INSERT OR UPDATE OR DELETE ON hallmark.client_secret
    FOR EACH ROW EXECUTE FUNCTION hallmark.policy_tell('client');
CREATE TRIGGER policy_tell AFTER INSERT OR UPDATE OR DELETE ON hallmark.link
    FOR EACH ROW EXECUTE FUNCTION hallmark.policy_tell('client');
CREATE TRIGGER policy_tell AFTER INSERT OR UPDATE OR DELETE ON hallmark.access_template
    FOR EACH ROW EXECUTE FUNCTION hallmark.policy_tell('account');
CREATE TRIGGER policy_tell AFTER INSERT OR UPDATE OR DELETE ON hallmark.office_access
    FOR EACH ROW EXECUTE FUNCTION hallmark.policy_tell('account');
CREATE TRIGGER policy_tell AFTER INSERT OR UPDATE OR DELETE ON hallmark.signing_key
    FOR EACH ROW EXECUTE FUNCTION hallmark.policy_tell('signing_key');
CREATE TRIGGER policy_tell AFTER INSERT OR UPDATE OR DELETE ON hallmark.api
    FOR EACH ROW EXECUTE FUNCTION hallmark.policy_tell('api');
CREATE TRIGGER policy_tell AFTER INSERT OR UPDATE OR DELETE ON hallmark.collection
    FOR EACH ROW EXECUTE FUNCTION hallmark.policy_tell('api');
CREATE TRIGGER policy_tell AFTER INSERT OR UPDATE OR DELETE ON hallmark.api_collection
    FOR EACH ROW EXECUTE FUNCTION hallmark.policy_tell('api');
CREATE TRIGGER policy_tell AFTER INSERT OR UPDATE OR DELETE ON hallmark.revocation
    FOR EACH ROW EXECUTE FUNCTION hallmark.policy_tell('revocation');

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA hallmark FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE (until), DELETE ON hallmark.revocation TO hallmark_server;
GRANT SELECT, DELETE ON hallmark.policy_change TO hallmark_server;
GRANT SELECT, INSERT, UPDATE (seen_at, applied), DELETE ON hallmark.node TO hallmark_server;
