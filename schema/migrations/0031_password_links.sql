-- SPDX-License-Identifier: Apache-2.0
-- A link with which a person sets their password: the first one (an invitation) or another one. It works once and for a while; a person has
-- one at a time, and it is worth nothing once the password was changed in another way.

CREATE TABLE hallmark.password_link (
    user_id    bigint PRIMARY KEY REFERENCES hallmark."user",
    digest     bytea NOT NULL UNIQUE CHECK (octet_length(digest) = 32),
    expires_at timestamptz NOT NULL
);
CREATE INDEX password_link_expires_at ON hallmark.password_link (expires_at);

CREATE FUNCTION hallmark.password_link_end() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    DELETE FROM hallmark.password_link WHERE user_id = NEW.id;
    RETURN NULL;
END
$$;
CREATE TRIGGER password_link_end AFTER UPDATE OF state, password_hash ON hallmark."user" FOR EACH ROW
    WHEN (NEW.state <> 'active' OR NEW.password_hash IS DISTINCT FROM OLD.password_hash)
    EXECUTE FUNCTION hallmark.password_link_end();

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA hallmark FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE (digest, expires_at), DELETE ON hallmark.password_link TO hallmark_server;
