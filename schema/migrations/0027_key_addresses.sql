-- SPDX-License-Identifier: Apache-2.0
-- From where a key may be used: blocks of addresses, or none, which is anywhere. An IPv4 address that comes mapped into IPv6 counts as the
-- IPv4 address that it is.

ALTER TABLE hallmark.client ADD COLUMN addresses cidr[] NOT NULL DEFAULT '{}'
    CONSTRAINT client_addresses_are_few CHECK (cardinality(addresses) <= 64 AND array_position(addresses, NULL) IS NULL);

-- "10.0.0.0/8, 2001:db8::/32" as blocks, each once and in order; what is none is told by itself.
CREATE FUNCTION hallmark.address_blocks(given text) RETURNS cidr[]
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    word text;
    blocks cidr[] := '{}';
BEGIN
    FOREACH word IN ARRAY regexp_split_to_array(coalesce(given, ''), '[ ,]+') LOOP
        CONTINUE WHEN word = '';
        BEGIN
            -- Shorter forms of IPv4 ("10.1/16") are not for everybody to understand.
            IF position(':' IN word) = 0 AND word !~ '^\d+\.\d+\.\d+\.\d+(/\d+)?$' THEN
                RAISE invalid_text_representation;
            END IF;
            blocks := blocks || word::cidr;
        EXCEPTION WHEN invalid_text_representation THEN
            PERFORM hallmark.refuse('HK400', format(
                '"%s" is no block of addresses such as 192.0.2.0/24 or 2001:db8::/32, whose bits behind the prefix are zero.', left(word, 60)));
        END;
    END LOOP;
    blocks := ARRAY(SELECT DISTINCT block FROM unnest(blocks) AS block ORDER BY block);
    IF cardinality(blocks) > 64 THEN
        PERFORM hallmark.refuse('HK400', 'A key has at most 64 blocks of addresses.');
    END IF;
    RETURN blocks;
END
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA hallmark FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hallmark.address_blocks TO hallmark_server;
GRANT UPDATE (addresses) ON hallmark.client TO hallmark_server;
