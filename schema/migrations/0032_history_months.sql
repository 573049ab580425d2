-- SPDX-License-Identifier: Apache-2.0
-- A month of the history is detached or dropped by hallmark.archive_drop alone, which tells it: by hand that is refused, to the owner too. Only
-- a superuser may make such a guard. Where migrations run as somebody else there is none, and what goes by hand is found as a gap by whoever
-- checks an export, as everywhere.
CREATE FUNCTION hallmark.history_months_guard() RETURNS event_trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    months constant text := '^(change_history|history_value)(_[0-9]{4}_[0-9]{2}|_default)?$';
    lost text;
BEGIN
    IF TG_EVENT = 'sql_drop' THEN
        SELECT min(object_name) INTO lost FROM pg_event_trigger_dropped_objects()
        WHERE object_type = 'table' AND schema_name = 'hallmark' AND object_name ~ months;
    ELSE
        SELECT min(relname) INTO lost FROM pg_class
        WHERE relnamespace = to_regnamespace('hallmark') AND relkind = 'r' AND NOT relispartition AND relname ~ months;
    END IF;
    IF lost IS NULL THEN
        RETURN;
    ELSIF to_regclass('hallmark.archive') IS NOT NULL THEN
        IF EXISTS (SELECT FROM hallmark.archive WHERE account_id = 0 AND xid = pg_current_xact_id()) THEN
            RETURN;
        END IF;
    END IF;
    RAISE EXCEPTION 'months of the history go by hallmark history archive alone: % of hallmark.% is refused', TG_TAG, lost
        USING ERRCODE = 'integrity_constraint_violation';
END
$$;

DO $$
BEGIN
    CREATE EVENT TRIGGER history_months_dropped ON sql_drop EXECUTE FUNCTION hallmark.history_months_guard();
    CREATE EVENT TRIGGER history_months_detached ON ddl_command_end WHEN TAG IN ('ALTER TABLE') EXECUTE FUNCTION hallmark.history_months_guard();
    ALTER EVENT TRIGGER history_months_dropped ENABLE ALWAYS;
    ALTER EVENT TRIGGER history_months_detached ENABLE ALWAYS;
EXCEPTION
    WHEN insufficient_privilege THEN
        RAISE NOTICE 'no superuser: months of the history can be dropped by hand';
END
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA hallmark FROM PUBLIC;
