-- SPDX-License-Identifier: Apache-2.0
-- What ends with what. A person, an application and an account have a generation, as a client has: it rises when one of them stops being
-- active, and a person's also with another password and when they log out everywhere. Codes and families keep the sum of the three, tokens
-- that of the rest of what they hang on too. Since none ever falls, the sum is another as soon as one of them has risen: so a panic ends
-- everything in one row, however much hangs on it, and being active again brings nothing back. What was only paused (the account's access
-- to the API, a right, what an application may ask for) raises nothing.

ALTER TABLE hallmark.account ADD COLUMN generation bigint NOT NULL DEFAULT 0 CHECK (generation >= 0);
ALTER TABLE hallmark."user" ADD COLUMN generation bigint NOT NULL DEFAULT 0 CHECK (generation >= 0);
ALTER TABLE hallmark.application ADD COLUMN generation bigint NOT NULL DEFAULT 0 CHECK (generation >= 0);
ALTER TABLE hallmark.authorization_code ADD COLUMN generation bigint NOT NULL DEFAULT 0;
ALTER TABLE hallmark.family ADD COLUMN generation bigint NOT NULL DEFAULT 0;
CREATE INDEX authorization_code_session ON hallmark.authorization_code (session_id) WHERE session_id IS NOT NULL AND used_at IS NULL;
CREATE INDEX family_session ON hallmark.family (session_id) WHERE session_id IS NOT NULL AND state = 'active';

CREATE FUNCTION hallmark.generation_raise() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.generation < OLD.generation THEN
        RAISE EXCEPTION 'a generation never falls' USING ERRCODE = 'check_violation';
    END IF;
    NEW.generation := greatest(NEW.generation, OLD.generation + 1);
    RETURN NEW;
END
$$;
CREATE TRIGGER generation_raise BEFORE UPDATE ON hallmark.account FOR EACH ROW
    WHEN (OLD.state = 'active' AND NEW.state <> 'active' OR NEW.generation < OLD.generation) EXECUTE FUNCTION hallmark.generation_raise();
CREATE TRIGGER generation_raise BEFORE UPDATE ON hallmark.application FOR EACH ROW
    WHEN (OLD.state = 'active' AND NEW.state <> 'active' OR NEW.generation < OLD.generation) EXECUTE FUNCTION hallmark.generation_raise();
-- The same password hashed anew is no other one: whoever does that names the new hash in hallmark.same_password.
CREATE TRIGGER generation_raise BEFORE UPDATE ON hallmark."user" FOR EACH ROW
    WHEN (OLD.state = 'active' AND NEW.state <> 'active' OR NEW.generation < OLD.generation
        OR NEW.password_hash IS DISTINCT FROM OLD.password_hash
            AND NEW.password_hash IS DISTINCT FROM coalesce(current_setting('hallmark.same_password', true), ''))
    EXECUTE FUNCTION hallmark.generation_raise();

-- With a person's generation their logins end. (Triggers of a table run in the order of their names.)
DROP TRIGGER logins_end ON hallmark."user";
CREATE TRIGGER logins_end BEFORE UPDATE ON hallmark."user" FOR EACH ROW
    WHEN (NEW.generation > OLD.generation) EXECUTE FUNCTION hallmark.logins_end();

-- A session that is deleted while it lives was ended: by its person, or with all that is theirs. What hangs on it ends then, but for what
-- was given to be used while the person is away (OpenID Connect Core 1.0 section 11). One that ended by itself takes nothing with it.
-- Codes come first: a redemption that is under way is waited for there, and its family is seen afterwards.
CREATE FUNCTION hallmark.session_ended() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    DELETE FROM hallmark.authorization_code WHERE session_id = OLD.id AND used_at IS NULL;
    UPDATE hallmark.family SET state = 'revoked', reason = 'the login it was given in ended'
    WHERE session_id = OLD.id AND state = 'active' AND NOT 'offline_access' = ANY (scopes);
    RETURN NULL;
END
$$;
CREATE TRIGGER session_ended AFTER DELETE ON hallmark.session FOR EACH ROW
    WHEN (hallmark.session_lives(OLD.created_at, OLD.seen_at)) EXECUTE FUNCTION hallmark.session_ended();

-- Who leaves an account takes back what they gave in it.
CREATE FUNCTION hallmark.member_left() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE hallmark."grant" SET state = 'revoked' WHERE account_id = NEW.account_id AND user_id = NEW.user_id AND state = 'active';
    RETURN NULL;
END
$$;
CREATE TRIGGER member_left AFTER UPDATE ON hallmark.member FOR EACH ROW
    WHEN (OLD.state = 'active' AND NEW.state <> 'active') EXECUTE FUNCTION hallmark.member_left();

-- The generation of what a grant hangs on; NULL when one of them is not alive.
DROP FUNCTION hallmark.grant_alive;
CREATE FUNCTION hallmark.grant_generation(of_account bigint, of_grant bigint) RETURNS bigint
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    RETURN (
        SELECT account.generation + person.generation + application.generation
        FROM hallmark."grant" AS given
        JOIN hallmark.account ON account.id = given.account_id AND account.state = 'active' AND hallmark.access_shut(account) IS NULL
        JOIN hallmark.member ON (member.account_id, member.user_id) = (given.account_id, given.user_id) AND member.state = 'active'
        JOIN hallmark."user" AS person ON person.id = given.user_id AND person.state = 'active'
        JOIN hallmark.application ON application.id = given.application_id AND application.state = 'active'
        WHERE given.account_id = of_account AND given.id = of_grant AND given.state = 'active');

-- What a token that speaks for a member says of person and account.
CREATE FUNCTION hallmark.member_generation(of_account bigint, of_user bigint) RETURNS bigint
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    RETURN (SELECT account.generation + person.generation FROM hallmark.account, hallmark."user" AS person
        WHERE account.id = of_account AND person.id = of_user);

-- Persons and sessions were among the kinds of revocations, and nothing ever revoked them so.
DELETE FROM hallmark.revocation WHERE kind IN ('session', 'user');
ALTER TABLE hallmark.revocation DROP CONSTRAINT revocation_kind_check;
ALTER TABLE hallmark.revocation ADD CONSTRAINT revocation_kind_check
    CHECK (kind IN ('jti', 'grant', 'family', 'client', 'application', 'account'));

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA hallmark FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hallmark.grant_generation, hallmark.member_generation TO hallmark_server;
GRANT UPDATE (generation) ON hallmark."user" TO hallmark_server;
GRANT UPDATE (digest, methods, address, program, created_at) ON hallmark.session TO hallmark_server;
