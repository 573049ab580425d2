-- SPDX-License-Identifier: Apache-2.0
-- What applications are told of people (OpenID Connect Core 1.0): how their ID tokens and userinfo answers are signed, which claims a
-- request wanted in the ID token, how the person logged in, and subjects of an application's own.

ALTER TABLE hallmark.application
    ADD COLUMN id_token_alg text NOT NULL DEFAULT 'RS256' CHECK (id_token_alg IN ('RS256', 'ES256', 'PS256')),
    ADD COLUMN userinfo_alg text CHECK (userinfo_alg IN ('RS256', 'ES256', 'PS256')), -- NULL: JSON, not signed
    ADD COLUMN subject_type text NOT NULL DEFAULT 'public' CHECK (subject_type IN ('public', 'pairwise'));

-- From this and a person's id comes the subject by which an application alone knows them (section 8.1). It never changes, or every person
-- would be another one to the application; so it hangs neither on the master key, which can be exchanged, nor on the subject type.
CREATE TABLE hallmark.sector (
    application_id bigint PRIMARY KEY REFERENCES hallmark.application,
    salt           bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) CHECK (octet_length(salt) = 32)
);
CREATE FUNCTION hallmark.sector_make() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO hallmark.sector (application_id) VALUES (NEW.id) ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
CREATE TRIGGER sector_make AFTER INSERT OR UPDATE ON hallmark.application FOR EACH ROW
    WHEN (NEW.subject_type = 'pairwise') EXECUTE FUNCTION hallmark.sector_make();

ALTER TABLE hallmark.authorization_code
    ADD COLUMN methods text[] NOT NULL DEFAULT '{}' CHECK (methods <@ '{pwd,otp,mfa}'), -- RFC 8176, as of the session
    ADD COLUMN id_token_claims text[] NOT NULL DEFAULT '{}' CHECK (cardinality(id_token_claims) <= 20);
ALTER TABLE hallmark.family
    ADD COLUMN methods text[] NOT NULL DEFAULT '{}' CHECK (methods <@ '{pwd,otp,mfa}'),
    ADD COLUMN id_token_claims text[] NOT NULL DEFAULT '{}' CHECK (cardinality(id_token_claims) <= 20);

-- When name or address of a person were changed last; of those who are there already, at the latest now.
ALTER TABLE hallmark."user" ADD COLUMN profile_at timestamptz NOT NULL DEFAULT now();
CREATE FUNCTION hallmark.profile_changed() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.profile_at := now();
    RETURN NEW;
END
$$;
CREATE TRIGGER profile_changed BEFORE UPDATE ON hallmark."user" FOR EACH ROW
    WHEN (NEW.email IS DISTINCT FROM OLD.email OR NEW.name IS DISTINCT FROM OLD.name) EXECUTE FUNCTION hallmark.profile_changed();

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA hallmark FROM PUBLIC;
GRANT UPDATE (id_token_alg, userinfo_alg, subject_type) ON hallmark.application TO hallmark_server;
GRANT SELECT ON hallmark.sector TO hallmark_server;
