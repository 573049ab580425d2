-- SPDX-License-Identifier: Apache-2.0
-- Whether somebody who reads what is sent to a person's address has said so: they set a password by a link that was mailed there (OpenID
-- Connect Core 1.0 section 5.1, email_verified). A link that an administrator hands over says nothing of the address. With another address
-- it is not known any more, and a link that went to the old one opens nothing: whoever reads there may be somebody else by now.
ALTER TABLE hallmark."user" ADD COLUMN email_verified boolean NOT NULL DEFAULT false;
ALTER TABLE hallmark.password_link ADD COLUMN mailed boolean NOT NULL DEFAULT false;

CREATE OR REPLACE FUNCTION hallmark.profile_changed() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.profile_at := now();
    NEW.email_verified := NEW.email_verified AND NEW.email IS NOT DISTINCT FROM OLD.email;
    RETURN NEW;
END
$$;
DROP TRIGGER profile_changed ON hallmark."user";
CREATE TRIGGER profile_changed BEFORE UPDATE ON hallmark."user" FOR EACH ROW
    WHEN (NEW.email IS DISTINCT FROM OLD.email OR NEW.name IS DISTINCT FROM OLD.name OR NEW.email_verified <> OLD.email_verified)
    EXECUTE FUNCTION hallmark.profile_changed();

DROP TRIGGER password_link_end ON hallmark."user";
CREATE TRIGGER password_link_end AFTER UPDATE OF state, password_hash, email ON hallmark."user" FOR EACH ROW
    WHEN (NEW.state <> 'active' OR NEW.password_hash IS DISTINCT FROM OLD.password_hash OR NEW.email IS DISTINCT FROM OLD.email)
    EXECUTE FUNCTION hallmark.password_link_end();

GRANT UPDATE (email_verified) ON hallmark."user" TO hallmark_server;
GRANT UPDATE (mailed) ON hallmark.password_link TO hallmark_server;
