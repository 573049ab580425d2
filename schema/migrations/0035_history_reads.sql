-- SPDX-License-Identifier: Apache-2.0
-- Who read the history: a row a question. It stands apart from the history: it is not sealed and proves nothing, it is kept for so many
-- months and then goes, and nobody may change a row before. Nodes add to it in batches; request_id makes it safe to add a batch again.
CREATE TABLE hallmark.history_read (
    account_id       bigint NOT NULL, -- whose history
    at               timestamptz NOT NULL,
    request_id       uuid NOT NULL,
    application_name text NOT NULL,
    client_id        text COLLATE "C", -- the key; an office's too. NULL: the command line
    user_id          bigint, -- whom the token spoke for
    person           text, -- at the command line: the machine's name for them
    address          text, -- "-": a Unix socket; "erased"
    question         text NOT NULL, -- path and query, or the command
    given            bigint CHECK (given >= 0), -- rows that were answered; NULL: not known, since the command line tells of itself beforehand
    PRIMARY KEY (account_id, at, request_id)
) PARTITION BY RANGE (at);
-- Of a row only this may happen: it no longer tells from where, since the person was erased.
CREATE FUNCTION hallmark.history_read_guard() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.address IS DISTINCT FROM 'erased' OR to_jsonb(NEW) - 'address' IS DISTINCT FROM to_jsonb(OLD) - 'address' THEN
        RAISE EXCEPTION 'the log of reads is never altered' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER history_refuse BEFORE DELETE ON hallmark.history_read FOR EACH ROW EXECUTE FUNCTION hallmark.history_refuse();
CREATE TRIGGER history_read_guard BEFORE UPDATE ON hallmark.history_read FOR EACH ROW EXECUTE FUNCTION hallmark.history_read_guard();
CREATE TRIGGER history_refuse_truncate BEFORE TRUNCATE ON hallmark.history_read FOR EACH STATEMENT EXECUTE FUNCTION hallmark.history_refuse();
ALTER TABLE hallmark.history_read ENABLE ALWAYS TRIGGER history_read_guard;
ALTER TABLE hallmark.history_read ENABLE ALWAYS TRIGGER history_refuse;
ALTER TABLE hallmark.history_read ENABLE ALWAYS TRIGGER history_refuse_truncate;

CREATE OR REPLACE FUNCTION hallmark.history_partitions_make(months_ahead int) RETURNS int
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '500ms' AS $$
DECLARE
    moment constant text := 'YYYY-MM-DD 00:00:00+00';
    made int := 0;
    parent text;
    partition text;
    month timestamp;
BEGIN
    IF months_ahead NOT BETWEEN 0 AND 24 THEN
        RAISE EXCEPTION 'partitions are made 0 to 24 months ahead, not %', months_ahead USING ERRCODE = 'invalid_parameter_value';
    END IF;
    FOREACH parent IN ARRAY ARRAY['change_history', 'history_value', 'history_read'] LOOP
        FOR ahead IN 0 .. months_ahead LOOP
            month := date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => ahead);
            partition := parent || to_char(month, '_YYYY_MM');
            CONTINUE WHEN to_regclass(format('hallmark.%I', partition)) IS NOT NULL;
            BEGIN
                PERFORM hallmark.history_partition_attach(parent, partition, format('FOR VALUES FROM (%L) TO (%L)',
                    to_char(month, moment), to_char(month + interval '1 month', moment)));
                made := made + 1;
            EXCEPTION
                WHEN check_violation THEN
                    RAISE WARNING 'rows of % lie in the default partition', partition;
                WHEN duplicate_table OR unique_violation THEN
                    NULL; -- somebody else has just made it
            END;
        END LOOP;
    END LOOP;
    RETURN made;
END
$$;

CREATE OR REPLACE FUNCTION hallmark.history_default_rows() RETURNS bigint
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN (SELECT count(*) FROM hallmark.change_history_default) + (SELECT count(*) FROM hallmark.history_value_default)
        + (SELECT count(*) FROM hallmark.history_read_default);
END
$$;

-- Lets months of the log go that ended so many whole months ago; tells how many.
CREATE FUNCTION hallmark.history_reads_drop(months_kept int) RETURNS int
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '500ms' AS $$
DECLARE
    oldest constant text := to_char(now() AT TIME ZONE 'UTC' - make_interval(months => months_kept), '"history_read_"YYYY_MM');
    dropped int := 0;
    partition text;
BEGIN
    IF months_kept IS NULL OR months_kept NOT BETWEEN 1 AND 1200 THEN
        RAISE EXCEPTION 'the log of reads is kept for 1 to 1200 months, not %', months_kept USING ERRCODE = 'invalid_parameter_value';
    END IF;
    FOR partition IN
        SELECT relname FROM pg_class JOIN pg_inherits ON inhrelid = pg_class.oid
        WHERE inhparent = 'hallmark.history_read'::regclass AND relname ~ '^history_read_[0-9]{4}_[0-9]{2}$' AND relname COLLATE "C" < oldest
    LOOP
        EXECUTE format('DROP TABLE IF EXISTS hallmark.%I', partition);
        dropped := dropped + 1;
    END LOOP;
    RETURN dropped;
END
$$;

CREATE OR REPLACE FUNCTION hallmark.person_forget(of_user bigint) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE hallmark.client_secret_use AS used SET last_address = 'erased'
    FROM hallmark.client
    WHERE client.account_id = used.account_id AND client.client_id = used.client_id AND client.holder_id = of_user;
    -- An office's key reads in other accounts than its own.
    UPDATE hallmark.history_read AS read SET address = 'erased'
    WHERE read.address IS NOT NULL
        AND (read.user_id = of_user OR read.client_id IN (SELECT client.client_id FROM hallmark.client WHERE client.holder_id = of_user));
    -- It covers the address with which the person was made.
    UPDATE hallmark.admin_request SET request_digest = sha256(convert_to(gen_random_uuid()::text, 'UTF8')) WHERE subject = of_user::text;
END
$$;

SELECT hallmark.history_partition_attach('history_read', 'history_read_default', 'DEFAULT');
SELECT hallmark.history_partitions_make(3);

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA hallmark FROM PUBLIC;
GRANT SELECT, INSERT ON hallmark.history_read TO hallmark_server;
GRANT EXECUTE ON FUNCTION hallmark.history_reads_drop TO hallmark_server;
