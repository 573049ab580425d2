-- SPDX-License-Identifier: Apache-2.0
-- The second admin cannot be switched off by one alone: who asks first is noted, and somebody else switches it off. The history has both,
-- a change each. Who runs the server, at its command line, needs nobody.

ALTER TABLE hallmark.account ADD COLUMN confirm_off_asker_id bigint REFERENCES hallmark."user",
    ADD CONSTRAINT account_asked_off_while_on CHECK (confirm_wide OR confirm_off_asker_id IS NULL);

-- The people behind whoever acts: the holder of the key, or the person it acts for, and who made the key, since who makes a key for another
-- member sees its secret. Nobody: the command line.
CREATE FUNCTION hallmark.acting_people() RETURNS bigint[]
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT array_remove(ARRAY[client.creator_id, (given.actor ->> 'user_id')::bigint, (given.actor ->> 'holder_id')::bigint], NULL)
    FROM (SELECT nullif(current_setting('hallmark.actor', true), '')::jsonb AS actor) AS given
    LEFT JOIN hallmark.client ON client.client_id = given.actor ->> 'client_id'
$$;

CREATE FUNCTION hallmark.account_confirm_off() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    people constant bigint[] := hallmark.acting_people();
BEGIN
    IF cardinality(people) = 0 THEN
        NEW.confirm_off_asker_id := NULL;
    ELSIF OLD.confirm_off_asker_id IS NULL THEN
        NEW.confirm_wide := true;
        NEW.confirm_off_asker_id := people[1];
    ELSIF OLD.confirm_off_asker_id = ANY (people) THEN
        PERFORM hallmark.refuse('HK403', 'Somebody else than who asked to switch the confirmation off has to do it.');
    ELSE
        NEW.confirm_off_asker_id := NULL;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER confirm_off BEFORE UPDATE OF confirm_wide ON hallmark.account FOR EACH ROW
    WHEN (OLD.confirm_wide AND NOT NEW.confirm_wide) EXECUTE FUNCTION hallmark.account_confirm_off();

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA hallmark FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hallmark.acting_people TO hallmark_server;
GRANT UPDATE (confirm_off_asker_id) ON hallmark.account TO hallmark_server;
