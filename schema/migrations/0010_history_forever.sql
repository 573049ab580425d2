-- SPDX-License-Identifier: Apache-2.0
-- The database itself refuses to alter the history: to the owner too, on every partition, and in replica mode (the triggers are ALWAYS).
-- Row triggers of a partitioned table are on each of its partitions by themselves; TRUNCATE triggers are not, so they are made with each.
-- A whole month can be detached by the owner, for an archive.

CREATE FUNCTION hallmark.history_refuse() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'the history is never altered: % on %.% is refused', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END
$$;

-- Of values only this may happen: one goes, and its salt with it.
CREATE FUNCTION hallmark.history_value_guard() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF (NEW.account_id, NEW.history_id, NEW.at) IS DISTINCT FROM (OLD.account_id, OLD.history_id, OLD.at)
        OR NOT ((NEW.before, NEW.before_salt) IS NOT DISTINCT FROM (OLD.before, OLD.before_salt)
            OR NEW.before IS NULL AND NEW.before_salt IS NULL)
        OR NOT ((NEW.after, NEW.after_salt) IS NOT DISTINCT FROM (OLD.after, OLD.after_salt)
            OR NEW.after IS NULL AND NEW.after_salt IS NULL)
        OR NOT ((NEW.person, NEW.person_salt) IS NOT DISTINCT FROM (OLD.person, OLD.person_salt)
            OR NEW.person IS NULL AND NEW.person_salt IS NULL)
        OR NOT ((NEW.address, NEW.address_salt) IS NOT DISTINCT FROM (OLD.address, OLD.address_salt)
            OR NEW.address IS NULL AND NEW.address_salt IS NULL)
    THEN
        RAISE EXCEPTION 'values of the history are erased or left, never altered' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER history_refuse BEFORE UPDATE OR DELETE ON hallmark.change_history
    FOR EACH ROW EXECUTE FUNCTION hallmark.history_refuse();
CREATE TRIGGER history_refuse_truncate BEFORE TRUNCATE ON hallmark.change_history
    FOR EACH STATEMENT EXECUTE FUNCTION hallmark.history_refuse();
CREATE TRIGGER history_refuse BEFORE DELETE ON hallmark.history_value
    FOR EACH ROW EXECUTE FUNCTION hallmark.history_refuse();
CREATE TRIGGER history_value_guard BEFORE UPDATE ON hallmark.history_value
    FOR EACH ROW EXECUTE FUNCTION hallmark.history_value_guard();
CREATE TRIGGER history_refuse_truncate BEFORE TRUNCATE ON hallmark.history_value
    FOR EACH STATEMENT EXECUTE FUNCTION hallmark.history_refuse();
ALTER TABLE hallmark.change_history ENABLE ALWAYS TRIGGER history_refuse;
ALTER TABLE hallmark.change_history ENABLE ALWAYS TRIGGER history_refuse_truncate;
ALTER TABLE hallmark.history_value ENABLE ALWAYS TRIGGER history_refuse;
ALTER TABLE hallmark.history_value ENABLE ALWAYS TRIGGER history_value_guard;
ALTER TABLE hallmark.history_value ENABLE ALWAYS TRIGGER history_refuse_truncate;

-- Makes one table of a month into a partition. It is built apart and attached then, since that keeps writers waiting for nothing.
CREATE FUNCTION hallmark.history_partition_attach(parent text, partition text, bounds text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    EXECUTE format('CREATE TABLE hallmark.%I (LIKE hallmark.%I INCLUDING ALL)', partition, parent);
    EXECUTE format('ALTER TABLE hallmark.%I ATTACH PARTITION hallmark.%I %s', parent, partition, bounds);
    EXECUTE format('CREATE TRIGGER history_refuse_truncate BEFORE TRUNCATE ON hallmark.%I'
        ' FOR EACH STATEMENT EXECUTE FUNCTION hallmark.history_refuse()', partition);
    EXECUTE format('ALTER TABLE hallmark.%I ENABLE ALWAYS TRIGGER history_refuse_truncate', partition);
END
$$;

-- Makes the partitions of this month and of so many months ahead that are not there yet; returns how many it made. The server's janitor
-- calls it. A month of which rows already lie in the default partition is left out: its rows go there too, and the alarm tells.
CREATE FUNCTION hallmark.history_partitions_make(months_ahead int) RETURNS int
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
    FOREACH parent IN ARRAY ARRAY['change_history', 'history_value'] LOOP
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

-- Rows that found no month: each is an alarm, since nobody made partitions in time.
CREATE FUNCTION hallmark.history_default_rows() RETURNS bigint
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN (SELECT count(*) FROM hallmark.change_history_default) + (SELECT count(*) FROM hallmark.history_value_default);
END
$$;

SELECT hallmark.history_partition_attach('change_history', 'change_history_default', 'DEFAULT');
SELECT hallmark.history_partition_attach('history_value', 'history_value_default', 'DEFAULT');
SELECT hallmark.history_partitions_make(3);

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA hallmark FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hallmark.history_partitions_make, hallmark.history_default_rows TO hallmark_server;
