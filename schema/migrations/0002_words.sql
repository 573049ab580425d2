-- SPDX-License-Identifier: Apache-2.0
-- The small words of the schema: what a name, a set of scopes and a moment are, and how versions are counted.

-- A name that a person gave: not blank, at most 400 bytes, no control characters (the later ones of Latin-1 steer terminals, too), no
-- separators of lines, and nothing that turns the direction of what is written behind it.
CREATE FUNCTION hallmark.name_ok(given text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN octet_length(given) <= 400 AND given ~ '\S' AND given !~ '[\u0001-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]';

-- A description may be empty and may have lines.
CREATE FUNCTION hallmark.description_ok(given text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN octet_length(given) <= 4000 AND given !~ '[\u0001-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]';

-- Scope-tokens of RFC 6749 section 3.3, in byte order, without repeats: the canonical form.
CREATE FUNCTION hallmark.scopes_ok(scopes text[]) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN array_position(scopes, NULL) IS NULL
        AND cardinality(scopes) <= 128
        AND scopes = ARRAY(SELECT DISTINCT token COLLATE "C" FROM unnest(scopes) AS token ORDER BY 1)
        AND (SELECT coalesce(bool_and(token ~ '^[\u0021\u0023-\u005B\u005D-\u007E]{1,64}$'), true) FROM unnest(scopes) AS token);

-- Makes the canonical form of what was given.
CREATE FUNCTION hallmark.scopes_sorted(given text[]) RETURNS text[]
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN ARRAY(SELECT DISTINCT token COLLATE "C" FROM unnest(given) AS token ORDER BY 1);

-- Its text, as RFC 6749 has it: one space between.
CREATE FUNCTION hallmark.scopes_text(scopes text[]) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN array_to_string(scopes, ' ');

-- Times travel as microseconds since 1970. What is later than any number of these, such as infinity, is the greatest one: a single moment
-- that could not be told would keep everything that is read with it from being read.
CREATE FUNCTION hallmark.microseconds(moment timestamptz) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN moment IS NOT NULL THEN
        least(greatest(extract(epoch FROM moment) * 1000000, -9223372036854775808), 9223372036854775807)::bigint END;

CREATE FUNCTION hallmark.moment(microseconds bigint) RETURNS timestamptz
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN timestamptz 'epoch' + microseconds * interval '1 microsecond';

-- Every UPDATE of what is administrated is one version more; no statement has to think of it.
CREATE FUNCTION hallmark.version_raise() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.version := OLD.version + 1;
    RETURN NEW;
END
$$;

-- Functions can be run by everybody from birth.
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA hallmark FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hallmark.name_ok, hallmark.description_ok, hallmark.scopes_ok, hallmark.scopes_sorted, hallmark.scopes_text,
    hallmark.microseconds, hallmark.moment TO hallmark_server;
