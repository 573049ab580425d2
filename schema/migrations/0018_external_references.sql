-- SPDX-License-Identifier: Apache-2.0
-- External references: what other systems call a record. They stand with the record; here is where they are looked up, and where they are
-- unique if the account says so.

-- In this system (of others) a reference names at most one record of the collection.
CREATE TABLE hallmark.reference_rule (
    account_id    bigint NOT NULL REFERENCES hallmark.account CHECK (account_id > 0),
    collection_id int NOT NULL REFERENCES hallmark.collection,
    system        text COLLATE "C" NOT NULL CHECK (hallmark.name_ok(system)),
    id            bigint GENERATED ALWAYS AS IDENTITY, -- its number in the history
    created_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, collection_id, system)
);

-- One row a reference, kept by triggers of hallmark.record. The digest stands for the reference, so that every text fits into an index.
CREATE TABLE hallmark.external_reference (
    account_id    bigint NOT NULL,
    collection_id int NOT NULL,
    system        text COLLATE "C" NOT NULL,
    digest        bytea NOT NULL,
    record_id     bigint NOT NULL,
    ruled         boolean NOT NULL,
    PRIMARY KEY (account_id, collection_id, system, digest, record_id)
);
CREATE UNIQUE INDEX external_reference_unique ON hallmark.external_reference (account_id, collection_id, system, digest) WHERE ruled;
CREATE INDEX external_reference_record ON hallmark.external_reference (account_id, collection_id, record_id);

CREATE FUNCTION hallmark.record_refer() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        DELETE FROM hallmark.external_reference
        WHERE account_id = OLD.account_id AND collection_id = OLD.collection_id AND record_id = OLD.id;
    END IF;
    IF TG_OP <> 'DELETE' THEN -- in one order, so that two records that exchange references wait in one order
        INSERT INTO hallmark.external_reference (account_id, collection_id, system, digest, record_id, ruled)
        SELECT NEW.account_id, NEW.collection_id, key, sha256(convert_to(value, 'UTF8')), NEW.id,
            EXISTS (SELECT FROM hallmark.reference_rule AS rule
                WHERE rule.account_id = NEW.account_id AND rule.collection_id = NEW.collection_id AND rule.system = key)
        FROM jsonb_each_text(NEW.external_references)
        ORDER BY key;
    END IF;
    RETURN NULL;
END
$$;

-- A write that leaves references as they are (nearly every one) pays for one comparison.
CREATE TRIGGER record_refer_insert AFTER INSERT ON hallmark.record
    FOR EACH ROW WHEN (NEW.external_references <> '{}') EXECUTE FUNCTION hallmark.record_refer();
CREATE TRIGGER record_refer_update AFTER UPDATE OF external_references ON hallmark.record
    FOR EACH ROW WHEN (NEW.external_references <> OLD.external_references) EXECUTE FUNCTION hallmark.record_refer();
CREATE TRIGGER record_refer_delete AFTER DELETE ON hallmark.record
    FOR EACH ROW WHEN (OLD.external_references <> '{}') EXECUTE FUNCTION hallmark.record_refer();

INSERT INTO hallmark.external_reference (account_id, collection_id, system, digest, record_id, ruled)
SELECT account_id, collection_id, key, sha256(convert_to(value, 'UTF8')), id, false
FROM hallmark.record CROSS JOIN LATERAL jsonb_each_text(external_references)
WHERE external_references <> '{}';

-- Makes or drops a rule. What breaks it already is told by the unique index. Whoever writes a reference at that time waits, and then sees
-- the rule: without the lock a write that began before could leave a reference that is not ruled.
CREATE FUNCTION hallmark.reference_rule_apply() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    rule hallmark.reference_rule := coalesce(NEW, OLD);
BEGIN
    LOCK TABLE hallmark.external_reference IN SHARE ROW EXCLUSIVE MODE;
    UPDATE hallmark.external_reference SET ruled = (TG_OP = 'INSERT')
    WHERE account_id = rule.account_id AND collection_id = rule.collection_id AND system = rule.system;
    RETURN NULL;
END
$$;
CREATE TRIGGER reference_rule_apply AFTER INSERT OR DELETE ON hallmark.reference_rule
    FOR EACH ROW EXECUTE FUNCTION hallmark.reference_rule_apply();

CREATE OR REPLACE FUNCTION hallmark.history_noun(noun text) RETURNS int
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN -array_position(ARRAY['accounts', 'users', 'members', 'applications', 'keys', 'secrets', 'templates', 'links', 'offices', 'apis',
        'collections', 'offers', 'signing-keys', 'revocations', 'webhooks', 'reference-rules'], noun);
SELECT hallmark.history_watch('reference_rule', 'reference-rules');

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA hallmark FROM PUBLIC;
GRANT SELECT, INSERT, DELETE ON hallmark.reference_rule TO hallmark_server;
GRANT SELECT ON hallmark.external_reference TO hallmark_server;
