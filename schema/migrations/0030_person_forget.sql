-- SPDX-License-Identifier: Apache-2.0
-- What stands of a person beside the history (logins end with the state of the person). A migration that adds a table with something of a person adds it here, too.
CREATE FUNCTION hallmark.person_forget(of_user bigint) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE hallmark.client_secret_use AS used SET last_address = 'erased'
    FROM hallmark.client
    WHERE client.account_id = used.account_id AND client.client_id = used.client_id AND client.holder_id = of_user;
    -- It covers the address with which the person was made.
    UPDATE hallmark.admin_request SET request_digest = sha256(convert_to(gen_random_uuid()::text, 'UTF8')) WHERE subject = of_user::text;
END
$$;

CREATE OR REPLACE FUNCTION hallmark.person_erase(
    of_user bigint, OUT accounts bigint, OUT changes bigint, OUT erased bigint, OUT remaining bigint)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    nobody constant text := format('erased-%s@erased.invalid', of_user);
BEGIN
    PERFORM pg_advisory_xact_lock(7203, -1); -- of what takes something out of the history
    IF NOT EXISTS (SELECT FROM hallmark."user" WHERE id = of_user) THEN
        RAISE EXCEPTION 'there is no such person' USING ERRCODE = 'no_data_found';
    END IF;
    UPDATE hallmark."user" SET email = nobody, name = 'erased', state = 'disabled', password_hash = NULL
    WHERE id = of_user AND (email, name, state, password_hash) IS DISTINCT FROM (nobody, 'erased', 'disabled', NULL);
    PERFORM hallmark.person_forget(of_user);
    SELECT done.* INTO accounts, changes, erased, remaining
    FROM hallmark.history_erase_subject('person', of_user, 0, hallmark.history_noun('users'), NULL, of_user) AS done;
END
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA hallmark FROM PUBLIC;
