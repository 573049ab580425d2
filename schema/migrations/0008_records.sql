-- SPDX-License-Identifier: Apache-2.0
-- Records: the resources of the built-in store. No foreign keys here: a check against the account would lock its row at every write,
-- and accounts and collections are never deleted.

CREATE SEQUENCE hallmark.record_id_seq;

CREATE TABLE hallmark.record (
    account_id          bigint NOT NULL,
    collection_id       int NOT NULL,
    id                  bigint NOT NULL,
    version             bigint NOT NULL,
    history_id          bigint NOT NULL, -- of the last change: state and history can be reconciled by counting
    created_at          timestamptz NOT NULL,
    changed_at          timestamptz NOT NULL,
    document            jsonb NOT NULL, -- with its number as member Id, so that filter, order and answer see one thing
    external_references jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (account_id, collection_id, id)
) WITH (fillfactor = 85);

-- Large documents: LZ4 costs a tenth of PostgreSQL's own compression. A server that was built without it does with that.
DO $$
BEGIN
    ALTER TABLE hallmark.record ALTER document SET COMPRESSION lz4;
EXCEPTION
    WHEN feature_not_supported THEN NULL;
END
$$;

-- A record as it is answered: its references in the form in which they are sent. (Called for records that have some.)
CREATE FUNCTION hallmark.record_with_references(document jsonb, external_references jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN document || jsonb_build_object('ExternalReferences',
        (SELECT jsonb_agg(jsonb_build_object('System', key, 'Id', value) ORDER BY key) FROM jsonb_each_text(external_references)));

-- The value by which a list is ordered; what a record has not, is null.
CREATE FUNCTION hallmark.record_order_value(document jsonb, order_keys jsonb, place int) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN coalesce(document -> (order_keys ->> place), 'null'::jsonb);

-- Whether a record comes behind the last row of a page: the first value that differs decides, its direction with it, and the id at last.
CREATE FUNCTION hallmark.record_after(
    document jsonb, id bigint, order_keys jsonb, order_descending jsonb, after_values jsonb, after_id bigint) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE
        WHEN hallmark.record_order_value(document, order_keys, 0) <> coalesce(after_values -> 0, 'null') THEN
            (hallmark.record_order_value(document, order_keys, 0) < coalesce(after_values -> 0, 'null'))
                = coalesce(order_descending -> 0 = 'true', false)
        WHEN hallmark.record_order_value(document, order_keys, 1) <> coalesce(after_values -> 1, 'null') THEN
            (hallmark.record_order_value(document, order_keys, 1) < coalesce(after_values -> 1, 'null'))
                = coalesce(order_descending -> 1 = 'true', false)
        WHEN hallmark.record_order_value(document, order_keys, 2) <> coalesce(after_values -> 2, 'null') THEN
            (hallmark.record_order_value(document, order_keys, 2) < coalesce(after_values -> 2, 'null'))
                = coalesce(order_descending -> 2 = 'true', false)
        WHEN hallmark.record_order_value(document, order_keys, 3) <> coalesce(after_values -> 3, 'null') THEN
            (hallmark.record_order_value(document, order_keys, 3) < coalesce(after_values -> 3, 'null'))
                = coalesce(order_descending -> 3 = 'true', false)
        ELSE id > after_id
    END;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA hallmark FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hallmark.record_with_references, hallmark.record_order_value, hallmark.record_after TO hallmark_server;
GRANT USAGE ON SEQUENCE hallmark.record_id_seq TO hallmark_server;
GRANT SELECT, INSERT, DELETE,
    UPDATE (version, history_id, changed_at, document, external_references)
    ON hallmark.record TO hallmark_server;
