-- SPDX-License-Identifier: Apache-2.0
-- The keys that sign tokens. The private half is sealed under a master key that is never in the database.

CREATE TABLE hallmark.signing_key (
    kid         text COLLATE "C" PRIMARY KEY CHECK (kid ~ '^[A-Za-z0-9_-]{1,64}$'),
    algorithm   text NOT NULL CHECK (algorithm IN ('ES256', 'RS256', 'PS256', 'EdDSA')),
    state       text NOT NULL CHECK (state IN ('next', 'active', 'retiring', 'withdrawn')),
    public_der  bytea NOT NULL CHECK (octet_length(public_der) > 0),
    sealed      bytea NOT NULL CHECK (octet_length(sealed) > 0),
    created_at  timestamptz NOT NULL DEFAULT now(),
    active_at   timestamptz,
    retiring_at timestamptz,
    forget_at   timestamptz, -- no token of it can live longer
    CONSTRAINT signing_key_times CHECK (
        CASE state
            WHEN 'next' THEN active_at IS NULL AND retiring_at IS NULL
            WHEN 'active' THEN active_at IS NOT NULL AND retiring_at IS NULL
            WHEN 'retiring' THEN active_at IS NOT NULL AND retiring_at IS NOT NULL AND forget_at IS NOT NULL
            ELSE forget_at IS NOT NULL
        END)
);
-- One signs and one waits, an algorithm each.
CREATE UNIQUE INDEX signing_key_one_active ON hallmark.signing_key (algorithm) WHERE state = 'active';
CREATE UNIQUE INDEX signing_key_one_next ON hallmark.signing_key (algorithm) WHERE state = 'next';

-- A key only goes forward. A withdrawn one never signs and is never published again; a key is forgotten only when it may be.
CREATE FUNCTION hallmark.signing_key_guard() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    way constant text[] := ARRAY['next', 'active', 'retiring', 'withdrawn'];
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.forget_at IS NULL OR OLD.forget_at > now() THEN
            RAISE EXCEPTION 'tokens of the signing key % may still live', OLD.kid USING ERRCODE = 'check_violation';
        END IF;
        RETURN OLD;
    END IF;
    IF array_position(way, NEW.state) < array_position(way, OLD.state) THEN
        RAISE EXCEPTION 'the signing key % cannot go from % back to %', OLD.kid, OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER signing_key_guard BEFORE UPDATE OR DELETE ON hallmark.signing_key
    FOR EACH ROW EXECUTE FUNCTION hallmark.signing_key_guard();

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA hallmark FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE (state, sealed, active_at, retiring_at, forget_at), DELETE ON hallmark.signing_key TO hallmark_server;
