-- SPDX-License-Identifier: Apache-2.0
-- Apis (a path prefix with an audience and a backing) and the collections that they offer.

CREATE TABLE hallmark.api (
    id            bigint PRIMARY KEY CHECK (id > 0),
    name          text COLLATE "C" NOT NULL UNIQUE CHECK (name ~ '^[a-z][a-z0-9_-]{0,63}$'),
    prefix        text COLLATE "C" NOT NULL UNIQUE CHECK (prefix ~ '^(/[A-Za-z0-9._~-]+)+$' AND octet_length(prefix) <= 200),
    token_path    text COLLATE "C" UNIQUE CHECK (token_path ~ '^(/[A-Za-z0-9._~-]+)+$' AND octet_length(token_path) <= 200),
    audience      text COLLATE "C" NOT NULL UNIQUE CHECK (audience ~ '^[\u0021-\u007e]+$' AND octet_length(audience) <= 400),
    token_seconds int NOT NULL DEFAULT 600 CHECK (token_seconds BETWEEN 10 AND 86400),
    algorithm     text NOT NULL DEFAULT 'ES256' CHECK (algorithm IN ('ES256', 'RS256', 'PS256', 'EdDSA')),
    credential    text NOT NULL DEFAULT 'bearer' CHECK (credential ~ '^[a-z][a-z_]{0,31}$'),
    backing       text NOT NULL DEFAULT 'store' CHECK (backing IN ('store', 'upstream')),
    upstream      text,
    state         text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'disabled')),
    version       bigint NOT NULL DEFAULT 1,
    created_at    timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT api_upstream_has_url CHECK ((backing = 'upstream') = (upstream IS NOT NULL))
);

-- A collection has one name in the whole deployment, hence one pair of scopes. It is never deleted, only switched off, since the history
-- names it.
CREATE TABLE hallmark.collection (
    id         int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name       text COLLATE "C" NOT NULL UNIQUE CHECK (name ~ '^[a-z][a-z0-9_-]{0,47}$'),
    singular   text NOT NULL CHECK (hallmark.name_ok(singular)),
    required   jsonb NOT NULL DEFAULT '{}', -- member -> type word
    state      text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'disabled')),
    version    bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT collection_required_words CHECK (
        jsonb_typeof(required) = 'object'
        AND jsonb_path_query_array(required, '$.*') <@ '["string", "number", "boolean", "object", "array", "integer", "any"]')
);

CREATE TABLE hallmark.api_collection (
    api_id        bigint NOT NULL REFERENCES hallmark.api,
    collection_id int NOT NULL REFERENCES hallmark.collection,
    path          text COLLATE "C" NOT NULL CHECK (path ~ '^[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,63}$'),
    versions      text[] NOT NULL DEFAULT '{}' CHECK (hallmark.scopes_ok(versions)), -- such as v1.2; without one it always works
    methods       text[] NOT NULL DEFAULT '{DELETE,GET,POST,PUT}'
        CHECK (methods <@ '{DELETE,GET,POST,PUT}' AND hallmark.scopes_ok(methods) AND cardinality(methods) > 0),
    version       bigint NOT NULL DEFAULT 1,
    created_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (api_id, collection_id),
    UNIQUE (api_id, path)
);

CREATE FUNCTION hallmark.collection_guard() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (NEW.id, NEW.name) <> (OLD.id, OLD.name) THEN
        RAISE EXCEPTION 'the collection % keeps its id and name, and is switched off rather than deleted', OLD.name
            USING ERRCODE = 'check_violation';
    END IF;
    NEW.version := OLD.version + 1;
    RETURN NEW;
END
$$;
CREATE TRIGGER collection_guard BEFORE UPDATE OR DELETE ON hallmark.collection
    FOR EACH ROW EXECUTE FUNCTION hallmark.collection_guard();

CREATE TRIGGER version_raise BEFORE UPDATE ON hallmark.api FOR EACH ROW EXECUTE FUNCTION hallmark.version_raise();
CREATE TRIGGER version_raise BEFORE UPDATE ON hallmark.api_collection FOR EACH ROW EXECUTE FUNCTION hallmark.version_raise();

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA hallmark FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE (name, prefix, token_path, audience, token_seconds, algorithm, credential, backing, upstream, state)
    ON hallmark.api TO hallmark_server;
GRANT SELECT, INSERT (name, singular, required), UPDATE (singular, required, state) ON hallmark.collection TO hallmark_server;
GRANT SELECT, INSERT, UPDATE (path, versions, methods), DELETE ON hallmark.api_collection TO hallmark_server;
