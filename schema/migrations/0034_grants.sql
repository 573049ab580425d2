-- SPDX-License-Identifier: Apache-2.0
-- What people give to applications: grants, the codes that hand them over, and the families of tokens that come of a code.

-- Every lifetime that is no api's own, in one table. A node asks for none of them: the statements that need one read it here.
CREATE TABLE hallmark.lifetime (
    id      int PRIMARY KEY CHECK (id > 0),
    name    text COLLATE "C" NOT NULL UNIQUE,
    seconds bigint NOT NULL,
    least   bigint NOT NULL,
    most    bigint NOT NULL,
    meaning text NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    CONSTRAINT lifetime_is_in_its_bounds CHECK (seconds BETWEEN least AND most)
);
INSERT INTO hallmark.lifetime (id, name, seconds, least, most, meaning) VALUES
    (1, 'code', 60, 5, 600, 'an authorization code, until it is redeemed'),
    (2, 'pushed_request', 60, 5, 600, 'a pushed authorization request'),
    (3, 'refresh_confidential', 31536000, 60, 315360000, 'a refresh token of a confidential client, however often it is used'),
    (4, 'refresh_confidential_idle', 7776000, 60, 315360000, 'the same, when it is not used'),
    (5, 'refresh_public', 7776000, 60, 315360000, 'the refresh tokens of a public client, one after the other'),
    (6, 'refresh_public_idle', 2592000, 60, 315360000, 'one of these, when it is not used'),
    (7, 'refresh_retry', 30, 0, 300, 'how long a spent refresh token is answered with its successor once more'),
    (8, 'session', 43200, 300, 2592000, 'a login, however much is done'),
    (9, 'session_idle', 3600, 60, 2592000, 'a login in which nothing is done');
CREATE FUNCTION hallmark.lifetime_of(wanted text) RETURNS interval
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    RETURN (SELECT seconds * interval '1 second' FROM hallmark.lifetime WHERE name = wanted);

CREATE OR REPLACE FUNCTION hallmark.session_lives(created_at timestamptz, seen_at timestamptz) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN created_at > now() - hallmark.lifetime_of('session') AND seen_at > now() - hallmark.lifetime_of('session_idle');

-- An application's client may be public (it can keep no secret), and a client may stand for an api that asks whether tokens are good.
ALTER TABLE hallmark.client
    ADD COLUMN public boolean NOT NULL DEFAULT false,
    ADD COLUMN introspects bigint REFERENCES hallmark.api,
    ADD CONSTRAINT client_key_is_not_public CHECK (NOT public OR kind = 'application');
CREATE FUNCTION hallmark.client_secret_of_public_guard() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM hallmark.client WHERE account_id = NEW.account_id AND client_id = NEW.client_id AND public) THEN
        RAISE EXCEPTION 'a public client has no secret'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'client_secret_of_public', TABLE = 'client_secret', SCHEMA = 'hallmark';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER client_secret_of_public_guard BEFORE INSERT ON hallmark.client_secret
    FOR EACH ROW EXECUTE FUNCTION hallmark.client_secret_of_public_guard();

-- What a person gave an application in one account. A grant that was revoked stays so: who consents again gives a new one.
CREATE TABLE hallmark."grant" (
    account_id     bigint NOT NULL,
    id             bigint NOT NULL CHECK (id > 0),
    user_id        bigint NOT NULL,
    application_id bigint NOT NULL REFERENCES hallmark.application,
    scopes         text[] NOT NULL CHECK (hallmark.scopes_ok(scopes)),
    state          text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'revoked')),
    version        bigint NOT NULL DEFAULT 1,
    created_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, id),
    FOREIGN KEY (account_id, user_id) REFERENCES hallmark.member
);
CREATE UNIQUE INDEX grant_active ON hallmark."grant" (account_id, user_id, application_id) WHERE state = 'active';
CREATE INDEX grant_user ON hallmark."grant" (user_id);
CREATE INDEX grant_application ON hallmark."grant" (application_id);

-- What came of one code: the tokens that it gave, and those that replaced them. They end together. Its id is drawn with the code, so that
-- a second use of the code can end what the first one gave, whatever that was.
CREATE TABLE hallmark.family (
    account_id        bigint NOT NULL,
    id                bigint NOT NULL CHECK (id > 0),
    grant_id          bigint NOT NULL,
    user_id           bigint NOT NULL,
    client_account_id bigint NOT NULL,
    client_id         text COLLATE "C" NOT NULL,
    scopes            text[] NOT NULL CHECK (hallmark.scopes_ok(scopes)),
    resource          text NOT NULL, -- the audience that was asked for; empty: none
    auth_time         timestamptz NOT NULL,
    session_id        bigint,
    rotates           boolean NOT NULL, -- as the client was public
    state             text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'revoked')),
    reason            text NOT NULL DEFAULT '' CHECK (octet_length(reason) <= 200),
    ends_at           timestamptz NOT NULL,
    version           bigint NOT NULL DEFAULT 1,
    created_at        timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, id),
    FOREIGN KEY (account_id, grant_id) REFERENCES hallmark."grant",
    FOREIGN KEY (client_account_id, client_id) REFERENCES hallmark.client
);
CREATE INDEX family_grant ON hallmark.family (account_id, grant_id);
CREATE INDEX family_end ON hallmark.family (ends_at);

CREATE TABLE hallmark.authorization_code (
    account_id        bigint NOT NULL,
    digest            bytea NOT NULL CHECK (octet_length(digest) = 32),
    grant_id          bigint NOT NULL,
    family_id         bigint NOT NULL CHECK (family_id > 0),
    user_id           bigint NOT NULL,
    client_account_id bigint NOT NULL,
    client_id         text COLLATE "C" NOT NULL,
    redirect_uri      text NOT NULL CHECK (octet_length(redirect_uri) BETWEEN 1 AND 2000),
    redirect_sent     boolean NOT NULL, -- then it has to be sent again
    code_challenge    text CHECK (code_challenge ~ '^[A-Za-z0-9_-]{43}$'), -- S256; NULL: none was sent
    scopes            text[] NOT NULL CHECK (hallmark.scopes_ok(scopes)),
    resource          text NOT NULL,
    nonce             text CHECK (octet_length(nonce) <= 512),
    auth_time         timestamptz NOT NULL,
    session_id        bigint,
    expires_at        timestamptz NOT NULL,
    used_at           timestamptz,
    created_at        timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, digest),
    FOREIGN KEY (account_id, grant_id) REFERENCES hallmark."grant"
);
CREATE INDEX authorization_code_end ON hallmark.authorization_code (expires_at);
CREATE INDEX authorization_code_grant ON hallmark.authorization_code (account_id, grant_id);

-- A spent token is kept as long as its family, so that whoever uses it again is known. Its successor stands here sealed under a key that
-- only the spent token's own text yields.
CREATE TABLE hallmark.refresh_token (
    account_id       bigint NOT NULL,
    digest           bytea NOT NULL CHECK (octet_length(digest) = 32),
    family_id        bigint NOT NULL,
    used_at          timestamptz, -- of one that is not rotated: its last use
    spent_at         timestamptz,
    successor        bytea,
    successor_sealed bytea,
    created_at       timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, digest),
    FOREIGN KEY (account_id, family_id) REFERENCES hallmark.family,
    CONSTRAINT refresh_token_spent_has_successor
        CHECK ((spent_at IS NULL) = (successor IS NULL) AND (spent_at IS NULL) = (successor_sealed IS NULL))
);
CREATE INDEX refresh_token_family ON hallmark.refresh_token (account_id, family_id);

-- A request that the client pushed before it sends the browser (RFC 9126). Which account it will be for is not known yet: the client's.
CREATE TABLE hallmark.authorization_request (
    account_id bigint NOT NULL REFERENCES hallmark.account, -- of the client
    digest     bytea NOT NULL CHECK (octet_length(digest) = 32),
    client_id  text COLLATE "C" NOT NULL,
    parameters jsonb NOT NULL CHECK (jsonb_typeof(parameters) = 'object'),
    expires_at timestamptz NOT NULL,
    spent_at   timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, digest),
    FOREIGN KEY (account_id, client_id) REFERENCES hallmark.client
);
CREATE INDEX authorization_request_end ON hallmark.authorization_request (expires_at);

-- Revoking. What ends is told to every node; it matters as long as an access token of it can live, which is a day at most.
ALTER TABLE hallmark.revocation DROP CONSTRAINT revocation_kind_check;
ALTER TABLE hallmark.revocation ADD CONSTRAINT revocation_kind_check
    CHECK (kind IN ('jti', 'grant', 'family', 'session', 'user', 'client', 'application', 'account'));

CREATE FUNCTION hallmark.revoked_guard() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF OLD.state = 'revoked' AND NEW.state <> 'revoked' THEN
        RAISE EXCEPTION 'what was revoked stays revoked' USING ERRCODE = 'check_violation';
    END IF;
    NEW.version := OLD.version + 1;
    RETURN NEW;
END
$$;
CREATE TRIGGER revoked_guard BEFORE UPDATE ON hallmark."grant" FOR EACH ROW EXECUTE FUNCTION hallmark.revoked_guard();
CREATE TRIGGER revoked_guard BEFORE UPDATE ON hallmark.family FOR EACH ROW EXECUTE FUNCTION hallmark.revoked_guard();

CREATE FUNCTION hallmark.revoked_tell() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO hallmark.revocation (kind, subject, account_id, until)
    VALUES (TG_ARGV[0], NEW.id::text, NEW.account_id, now() + interval '1 day 1 minute')
    ON CONFLICT (kind, subject, account_id) DO UPDATE SET until = greatest(revocation.until, excluded.until);
    RETURN NULL;
END
$$;
CREATE TRIGGER revoked_tell AFTER UPDATE ON hallmark."grant"
    FOR EACH ROW WHEN (OLD.state = 'active' AND NEW.state = 'revoked') EXECUTE FUNCTION hallmark.revoked_tell('grant');
CREATE TRIGGER revoked_tell AFTER UPDATE ON hallmark.family
    FOR EACH ROW WHEN (OLD.state = 'active' AND NEW.state = 'revoked') EXECUTE FUNCTION hallmark.revoked_tell('family');

-- In the history: grants as all else, and of families how they end. Whatever a grant's later change is, its person stands in the row.
CREATE OR REPLACE FUNCTION hallmark.history_noun(noun text) RETURNS int
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN -array_position(ARRAY['accounts', 'users', 'members', 'applications', 'keys', 'secrets', 'templates', 'links', 'offices', 'apis',
        'collections', 'offers', 'signing-keys', 'revocations', 'webhooks', 'reference-rules', 'erasures', 'activations',
        'history-exports', 'archives', 'retentions', 'witnesses', 'grants', 'families', 'lifetimes'], noun);
SELECT hallmark.history_watch('grant', 'grants');
SELECT hallmark.history_watch('lifetime', 'lifetimes');
CREATE TRIGGER history_tell AFTER UPDATE ON hallmark.family FOR EACH ROW EXECUTE FUNCTION hallmark.history_tell('families');
CREATE TRIGGER version_raise BEFORE UPDATE ON hallmark.lifetime FOR EACH ROW EXECUTE FUNCTION hallmark.version_raise();

-- The OpenID scopes say what an application may know of a person; nobody has them as a permission.
CREATE FUNCTION hallmark.scopes_identity() RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN '{email,offline_access,openid,profile}'::text[];

-- Who is it now, in the rows that a code or a refresh token hangs on: whether the grant and all it was given by and to are alive.
CREATE FUNCTION hallmark.grant_alive(of_account bigint, of_grant bigint) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    RETURN EXISTS (
        SELECT FROM hallmark."grant" AS given
        JOIN hallmark.account ON account.id = given.account_id AND account.state = 'active' AND hallmark.access_shut(account) IS NULL
        JOIN hallmark.member ON (member.account_id, member.user_id) = (given.account_id, given.user_id) AND member.state = 'active'
        JOIN hallmark."user" AS person ON person.id = given.user_id AND person.state = 'active'
        JOIN hallmark.application ON application.id = given.application_id AND application.state = 'active'
        WHERE given.account_id = of_account AND given.id = of_grant AND given.state = 'active');

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA hallmark FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hallmark.lifetime_of, hallmark.scopes_identity, hallmark.grant_alive TO hallmark_server;
GRANT SELECT, UPDATE (seconds) ON hallmark.lifetime TO hallmark_server;
GRANT SELECT, INSERT, UPDATE (scopes, state) ON hallmark."grant" TO hallmark_server;
GRANT SELECT, INSERT, UPDATE (state, reason), DELETE ON hallmark.family TO hallmark_server;
GRANT SELECT, INSERT, UPDATE (used_at), DELETE ON hallmark.authorization_code TO hallmark_server;
GRANT SELECT, INSERT, UPDATE (used_at, spent_at, successor, successor_sealed), DELETE ON hallmark.refresh_token TO hallmark_server;
GRANT SELECT, INSERT, UPDATE (spent_at), DELETE ON hallmark.authorization_request TO hallmark_server;
