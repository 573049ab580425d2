-- SPDX-License-Identifier: Apache-2.0
-- Applications, and what authenticates for them: a key (one application in one account) or the application itself (account 0).

CREATE TABLE hallmark.application (
    id            bigint PRIMARY KEY CHECK (id > 0),
    account_id    bigint NOT NULL REFERENCES hallmark.account, -- 0: known to all accounts; else this account's own
    name          text NOT NULL CHECK (hallmark.name_ok(name)),
    maker         text NOT NULL DEFAULT '' CHECK (maker = '' OR hallmark.name_ok(maker)),
    description   text NOT NULL DEFAULT '' CHECK (hallmark.description_ok(description)),
    redirect_uris text[] NOT NULL DEFAULT '{}' CHECK (array_position(redirect_uris, NULL) IS NULL),
    scopes        text[] NOT NULL DEFAULT '{}' CHECK (hallmark.scopes_ok(scopes)),
    state         text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'disabled')),
    version       bigint NOT NULL DEFAULT 1,
    created_at    timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX application_name ON hallmark.application (account_id, lower(name));

CREATE TABLE hallmark.client (
    account_id     bigint NOT NULL REFERENCES hallmark.account,
    client_id      text COLLATE "C" NOT NULL CHECK (client_id ~ '^[A-Za-z0-9_]{1,79}$'),
    application_id bigint NOT NULL REFERENCES hallmark.application,
    kind           text NOT NULL DEFAULT 'key' CHECK (kind IN ('key', 'application')),
    name           text NOT NULL CHECK (hallmark.name_ok(name)),
    description    text NOT NULL DEFAULT '' CHECK (hallmark.description_ok(description)),
    holder_id      bigint,
    creator_id     bigint REFERENCES hallmark."user",
    scopes         text[] NOT NULL DEFAULT '{}' CHECK (hallmark.scopes_ok(scopes)),
    grant_types    text[] NOT NULL DEFAULT '{client_credentials}' CHECK (hallmark.scopes_ok(grant_types)),
    state          text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'disabled', 'deleted')),
    generation     bigint NOT NULL DEFAULT 1 CHECK (generation > 0),
    not_before     timestamptz,
    expires_at     timestamptz,
    office         boolean NOT NULL DEFAULT false,
    secrets_made   int NOT NULL DEFAULT 0, -- numbers of secrets are never used twice
    version        bigint NOT NULL DEFAULT 1,
    created_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, client_id),
    FOREIGN KEY (account_id, holder_id) REFERENCES hallmark.member,
    CONSTRAINT client_key_has_holder CHECK ((kind = 'key') = (holder_id IS NOT NULL)),
    CONSTRAINT client_key_has_account CHECK (kind <> 'key' OR account_id <> 0),
    CONSTRAINT client_expires_after_start CHECK (expires_at > not_before)
);
CREATE INDEX client_application ON hallmark.client (application_id);
CREATE INDEX client_holder ON hallmark.client (account_id, holder_id);

CREATE TABLE hallmark.client_secret (
    account_id bigint NOT NULL,
    client_id  text COLLATE "C" NOT NULL,
    id         int NOT NULL CHECK (id > 0),
    digest     bytea NOT NULL UNIQUE CHECK (octet_length(digest) = 32),
    mask       text NOT NULL CHECK (octet_length(mask) BETWEEN 1 AND 40), -- what a list may show of it
    created_at timestamptz NOT NULL DEFAULT now(),
    not_after  timestamptz,
    PRIMARY KEY (account_id, client_id, id),
    FOREIGN KEY (account_id, client_id) REFERENCES hallmark.client
);
CREATE INDEX client_secret_end ON hallmark.client_secret (not_after) WHERE not_after IS NOT NULL;

-- An account's own application has clients in that account only.
CREATE FUNCTION hallmark.client_application_guard() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM hallmark.application WHERE id = NEW.application_id AND account_id NOT IN (0, NEW.account_id)) THEN
        RAISE EXCEPTION 'the application is another account''s own'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'client_application_of_account', TABLE = 'client', SCHEMA = 'hallmark';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER client_application_guard BEFORE INSERT OR UPDATE OF account_id, application_id ON hallmark.client
    FOR EACH ROW EXECUTE FUNCTION hallmark.client_application_guard();

-- Tokens carry the generation of their client. It rises when a client stops being active, so that they are refused even after it was
-- enabled again, and it never falls. What was deleted stays deleted.
CREATE FUNCTION hallmark.client_guard() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF (NEW.account_id, NEW.client_id) <> (OLD.account_id, OLD.client_id) THEN
        RAISE EXCEPTION 'a client keeps its id' USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.state = 'deleted' AND NEW.state <> 'deleted' THEN
        RAISE EXCEPTION 'a deleted client stays deleted' USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.state = 'active' AND NEW.state <> 'active' THEN
        NEW.generation := greatest(NEW.generation, OLD.generation + 1);
    END IF;
    IF NEW.generation < OLD.generation THEN
        RAISE EXCEPTION 'the generation of a client never falls' USING ERRCODE = 'check_violation';
    END IF;
    NEW.version := OLD.version + 1;
    RETURN NEW;
END
$$;
CREATE TRIGGER client_guard BEFORE UPDATE ON hallmark.client FOR EACH ROW EXECUTE FUNCTION hallmark.client_guard();

-- At most two secrets live at a time, while one replaces the other. The client's row is locked first: two that come together count
-- one after the other.
CREATE FUNCTION hallmark.client_secret_guard() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.not_after <= now() THEN
        RETURN NEW;
    END IF;
    PERFORM FROM hallmark.client WHERE account_id = NEW.account_id AND client_id = NEW.client_id FOR NO KEY UPDATE;
    IF (SELECT count(*) FROM hallmark.client_secret
        WHERE account_id = NEW.account_id AND client_id = NEW.client_id AND id <> NEW.id AND (not_after IS NULL OR not_after > now())) >= 2
    THEN
        RAISE EXCEPTION 'a client has at most two live secrets'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'client_secret_two_live', TABLE = 'client_secret', SCHEMA = 'hallmark';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER client_secret_guard BEFORE INSERT OR UPDATE ON hallmark.client_secret
    FOR EACH ROW EXECUTE FUNCTION hallmark.client_secret_guard();

CREATE TRIGGER version_raise BEFORE UPDATE ON hallmark.application FOR EACH ROW EXECUTE FUNCTION hallmark.version_raise();

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA hallmark FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE (name, maker, description, redirect_uris, scopes, state) ON hallmark.application TO hallmark_server;
GRANT SELECT, INSERT,
    UPDATE (name, description, holder_id, scopes, grant_types, state, generation, not_before, expires_at, office, secrets_made)
    ON hallmark.client TO hallmark_server;
GRANT SELECT, INSERT, UPDATE (not_after), DELETE ON hallmark.client_secret TO hallmark_server;
