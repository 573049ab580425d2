-- SPDX-License-Identifier: Apache-2.0
-- Administration from outside: which account is the operator's, what a role may, how a statement refuses, and how a request that is asked
-- again is known.

-- An operator's account administers what all accounts share. Only the owner of the schema makes one: the server's role may neither set
-- nor insert it.
ALTER TABLE hallmark.account ADD COLUMN operator boolean NOT NULL DEFAULT false;
REVOKE INSERT ON hallmark.account FROM hallmark_server;
GRANT INSERT (id, name, state, api_access) ON hallmark.account TO hallmark_server;

-- A key may follow its holder: then its scopes are whatever the holder may.
ALTER TABLE hallmark.client ADD COLUMN follows_holder boolean NOT NULL DEFAULT false
    CONSTRAINT client_follows_a_holder CHECK (NOT follows_holder OR holder_id IS NOT NULL);

-- What is administrated is named as in the history: keys:read, members:write. Such a permission comes with a role and cannot be given by
-- itself. owners:write is what an owner has and an admin has not; all-accounts is what an operator has.
CREATE FUNCTION hallmark.administrative_words(role text, operator boolean) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN role = 'member' THEN '{}'::text[] ELSE (
        SELECT array_agg(noun || ':' || verb)
            || '{history:read}'
            || CASE role WHEN 'owner' THEN '{owners:write}'::text[] ELSE '{}' END
        FROM unnest('{accounts,applications,keys,links,members,offices,reference-rules,secrets,templates,webhooks}'::text[]
            || CASE WHEN operator THEN '{all-accounts,apis,collections,offers,revocations,signing-keys,users}'::text[] ELSE '{}' END) AS noun,
            unnest(CASE role WHEN 'auditor' THEN '{read}'::text[] ELSE '{read,write}' END) AS verb) END;

-- What a member may: the permissions that were given, and what the role brings. An auditor only reads.
CREATE FUNCTION hallmark.permissions_of(role text, operator boolean, permissions text[]) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN hallmark.scopes_sorted(hallmark.administrative_words(role, operator) || ARRAY(
        SELECT given FROM unnest(permissions) AS given
        WHERE hallmark.history_noun(split_part(given, ':', 1)) IS NULL AND split_part(given, ':', 1) NOT IN ('owners', 'all-accounts')
            AND (role <> 'auditor' OR given LIKE '%:read')));

-- What a holder may now; nothing for who is no active member.
CREATE FUNCTION hallmark.holder_permissions(of_account bigint, holder bigint) RETURNS text[]
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN coalesce((
        SELECT hallmark.permissions_of(member.role, account.operator, member.permissions)
        FROM hallmark.member
        JOIN hallmark.account ON account.id = member.account_id
        JOIN hallmark."user" ON "user".id = member.user_id
        WHERE member.account_id = of_account AND member.user_id = holder AND member.state = 'active' AND "user".state = 'active'), '{}');

-- The scopes of a key that its holder does not have (any more).
CREATE FUNCTION hallmark.scopes_lost(scopes text[], of_account bigint, holder bigint) RETURNS text[]
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE WHEN holder IS NULL THEN '{}' ELSE ARRAY(
        SELECT unnest(scopes) EXCEPT SELECT unnest(hallmark.holder_permissions(of_account, holder)) ORDER BY 1) END;

-- Of a secret a list shows its mask, and how long it lives.
CREATE FUNCTION hallmark.secrets_shown(of_account bigint, of_client text) RETURNS jsonb
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (
        SELECT coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
            'number', id, 'mask', mask, 'created_at', created_at, 'not_after', nullif(not_after, 'infinity'))) ORDER BY id), '[]')
        FROM hallmark.client_secret
        WHERE account_id = of_account AND client_id = of_client AND (not_after IS NULL OR not_after > now()));

ALTER TABLE hallmark.collection ADD CONSTRAINT collection_name_is_no_word CHECK (name NOT IN ('owners', 'all-accounts', 'history'));

-- --- how a statement refuses -----------------------------------------------------------------------------------------------------------
-- HK400: a value has no meaning. HK403: whoever asks has not this right himself. HK404, HK409, HK412: there is no such thing, it cannot be done now, it was changed
-- meanwhile. HK208: the same request was answered before. The message is for who asked.

CREATE FUNCTION hallmark.refuse(code text, told text) RETURNS boolean
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '%', told USING ERRCODE = code;
END
$$;

-- expected NULL: any version will do.
CREATE FUNCTION hallmark.version_is(actual bigint, expected bigint) RETURNS boolean
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN expected IS NULL OR actual = expected
        OR hallmark.refuse('HK412', format('It was changed meanwhile: its version is %s now. Read it again and send its new ETag.', actual));
END
$$;

-- What is given has to be among the rights of who gives it; rights NULL: of whoever has the database.
CREATE FUNCTION hallmark.within(given text[], rights text[]) RETURNS boolean
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN rights IS NULL OR given <@ rights
        OR hallmark.refuse('HK403', format('You cannot give what you do not have yourself: %s.', array_to_string(
            ARRAY(SELECT token FROM unnest(given) AS token WHERE token <> ALL (rights) ORDER BY token COLLATE "C"), ' ')));
END
$$;

-- --- a request that is asked again ------------------------------------------------------------------------------------------------------

CREATE TABLE hallmark.admin_request (
    account_id     bigint NOT NULL, -- of the key that asked
    client_id      text COLLATE "C" NOT NULL,
    key_digest     bytea NOT NULL,
    request_digest bytea NOT NULL, -- over method, path and body
    subject        text NOT NULL,  -- what was made
    at             timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, client_id, key_digest),
    CONSTRAINT admin_request_digests CHECK (octet_length(key_digest) = 32 AND octet_length(request_digest) = 32)
);
CREATE INDEX admin_request_at ON hallmark.admin_request (at);

-- Says who changes (NULL: whom the connection has named) for this transaction. With an Idempotency-Key it remembers what is made; when
-- that was made before, everything is given back and the subject is told.
CREATE FUNCTION hallmark.act(actor text, key_digest bytea DEFAULT NULL, request_digest bytea DEFAULT NULL, subject text DEFAULT NULL)
    RETURNS boolean
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    asking constant text := actor::jsonb ->> 'client_id';
    known hallmark.admin_request;
BEGIN
    IF actor IS NULL THEN
        RETURN true;
    END IF;
    PERFORM set_config('hallmark.actor', actor, true);
    IF key_digest IS NULL THEN
        RETURN true;
    END IF;
    INSERT INTO hallmark.admin_request AS request (account_id, client_id, key_digest, request_digest, subject)
    VALUES (hallmark.client_id_account(asking), asking, act.key_digest, act.request_digest, act.subject)
    ON CONFLICT DO NOTHING;
    IF FOUND THEN
        RETURN true;
    END IF;
    SELECT * INTO known FROM hallmark.admin_request AS request
    WHERE request.account_id = hallmark.client_id_account(asking) AND request.client_id = asking AND request.key_digest = act.key_digest;
    IF known.request_digest = act.request_digest THEN
        PERFORM hallmark.refuse('HK208', known.subject);
    END IF;
    RETURN hallmark.refuse('HK409', 'This Idempotency-Key was used for another request.');
END
$$;

-- --- lists in pages ---------------------------------------------------------------------------------------------------------------------

-- Where a page ended: a name in small letters and an id, in one text. Names have no control characters.
CREATE FUNCTION hallmark.place_text(name text, id text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN lower(name) || E'\x1f' || id;
CREATE FUNCTION hallmark.place_name(place text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN split_part(place, E'\x1f', 1);
CREATE FUNCTION hallmark.place_id(place text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN split_part(place, E'\x1f', 2);

CREATE INDEX client_listed ON hallmark.client (account_id, lower(name), client_id);
CREATE INDEX account_listed ON hallmark.account (lower(name), id);
CREATE INDEX user_listed ON hallmark."user" (lower(email), id);
CREATE INDEX application_listed ON hallmark.application (account_id, lower(name), id);

-- --- an account is never without an owner once it has one -------------------------------------------------------------------------------

CREATE FUNCTION hallmark.member_guard() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF OLD.role <> 'owner' OR OLD.state <> 'active' OR (NEW.role = 'owner' AND NEW.state = 'active') THEN
        RETURN NEW;
    END IF;
    -- Two owners who leave at once come one after the other.
    PERFORM FROM hallmark.account WHERE id = NEW.account_id FOR NO KEY UPDATE;
    IF NOT EXISTS (SELECT FROM hallmark.member
        WHERE account_id = NEW.account_id AND user_id <> NEW.user_id AND role = 'owner' AND state = 'active')
    THEN
        PERFORM hallmark.refuse('HK409', 'The account would have no owner; make somebody else an owner first.');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER member_guard BEFORE UPDATE OF role, state ON hallmark.member FOR EACH ROW EXECUTE FUNCTION hallmark.member_guard();

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA hallmark FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hallmark.administrative_words, hallmark.permissions_of, hallmark.holder_permissions,
    hallmark.scopes_lost, hallmark.secrets_shown, hallmark.refuse, hallmark.version_is, hallmark.within,
    hallmark.act, hallmark.place_text, hallmark.place_name, hallmark.place_id TO hallmark_server;
GRANT SELECT, INSERT, DELETE ON hallmark.admin_request TO hallmark_server;
