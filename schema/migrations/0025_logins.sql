-- SPDX-License-Identifier: Apache-2.0
-- Where people are logged in, and their second factors. Passwords have their column since 0003. Failed logins are counted where failed
-- authentications of clients are: hallmark.auth_failure, by keyed digests.

-- What is sealed stands in a table of its own; whether there is a second factor stands here, so that the history tells when one comes or goes.
ALTER TABLE hallmark."user" ADD COLUMN second_factor text CHECK (second_factor = 'totp');
GRANT UPDATE (second_factor) ON hallmark."user" TO hallmark_server;

-- A cookie is random and only its digest is here. A session ends 12 hours after its login, or an hour after it was last seen.
CREATE TABLE hallmark.session (
    user_id    bigint NOT NULL REFERENCES hallmark."user",
    id         bigint GENERATED ALWAYS AS IDENTITY,
    digest     bytea NOT NULL CHECK (octet_length(digest) = 32),
    created_at timestamptz NOT NULL DEFAULT now(), -- when the person proved who they are
    seen_at    timestamptz NOT NULL DEFAULT now(),
    methods    text[] NOT NULL CHECK (methods <@ '{pwd,otp,mfa}'), -- RFC 8176
    address    text NOT NULL CHECK (octet_length(address) <= 45),
    program    text NOT NULL CHECK (octet_length(program) <= 256), -- what the browser calls itself
    PRIMARY KEY (user_id, id)
);
CREATE UNIQUE INDEX session_digest ON hallmark.session (digest);
CREATE INDEX session_seen_at ON hallmark.session (seen_at);

-- The shared secret of an authenticator (RFC 6238), sealed under the master key. `step` is that of the last code that was taken: no code
-- is taken twice.
CREATE TABLE hallmark.totp (
    user_id bigint PRIMARY KEY REFERENCES hallmark."user",
    sealed  bytea NOT NULL,
    step    bigint NOT NULL DEFAULT 0
);

-- Each works once.
CREATE TABLE hallmark.recovery_code (
    user_id bigint NOT NULL REFERENCES hallmark."user",
    digest  bytea NOT NULL CHECK (octet_length(digest) = 32),
    PRIMARY KEY (user_id, digest)
);

-- Changes with the password: what was begun under the old one is not finished under the new one.
CREATE FUNCTION hallmark.password_digest(password_hash text) RETURNS bytea
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN sha256(convert_to(coalesce(password_hash, ''), 'UTF8'));

CREATE FUNCTION hallmark.session_lives(created_at timestamptz, seen_at timestamptz) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN created_at > now() - interval '12 hours' AND seen_at > now() - interval '1 hour';

-- Whoever is disabled is logged in nowhere; whose password is taken away (an erased person's) has nothing left to log in with.
CREATE FUNCTION hallmark.logins_end() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    DELETE FROM hallmark.session WHERE user_id = NEW.id;
    IF NEW.password_hash IS NULL THEN
        NEW.second_factor := NULL;
        DELETE FROM hallmark.totp WHERE user_id = NEW.id;
        DELETE FROM hallmark.recovery_code WHERE user_id = NEW.id;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER logins_end BEFORE UPDATE OF state, password_hash ON hallmark."user" FOR EACH ROW
    WHEN (NEW.state <> 'active' OR NEW.password_hash IS NULL AND OLD.password_hash IS NOT NULL)
    EXECUTE FUNCTION hallmark.logins_end();

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA hallmark FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hallmark.password_digest(text), hallmark.session_lives(timestamptz, timestamptz) TO hallmark_server;
GRANT SELECT, INSERT, UPDATE (seen_at), DELETE ON hallmark.session TO hallmark_server;
GRANT SELECT, INSERT, UPDATE (sealed, step), DELETE ON hallmark.totp TO hallmark_server;
GRANT SELECT, INSERT, DELETE ON hallmark.recovery_code TO hallmark_server;
