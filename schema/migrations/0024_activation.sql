-- SPDX-License-Identifier: Apache-2.0
-- When an account may use the API, how many keys it may have, and which of them a second admin has to confirm.

-- What the operator asks for before an account's keys work; one row.
CREATE TABLE hallmark.activation (
    id             smallint PRIMARY KEY DEFAULT 1 CHECK (id = 1),
    by_default     boolean NOT NULL DEFAULT true,  -- new accounts have it without asking
    plan_needed    boolean NOT NULL DEFAULT false, -- only accounts whose plan includes it (account.plan) ...
    trial_included boolean NOT NULL DEFAULT true,  -- ... and those on trial (account.trial)
    terms_name     text CHECK (hallmark.name_ok(terms_name)),
    terms_version  text CHECK (hallmark.name_ok(terms_version)),
    version        bigint NOT NULL DEFAULT 1,
    CONSTRAINT activation_terms_are_whole CHECK ((terms_name IS NULL) = (terms_version IS NULL))
);
INSERT INTO hallmark.activation DEFAULT VALUES;

ALTER TABLE hallmark.account
    ADD COLUMN access        text NOT NULL DEFAULT 'granted' CHECK (access IN ('none', 'requested', 'granted', 'refused')),
    ADD COLUMN terms_name    text CHECK (hallmark.name_ok(terms_name)), -- what was accepted when access was requested
    ADD COLUMN terms_version text CHECK (hallmark.name_ok(terms_version)),
    ADD COLUMN plan          boolean NOT NULL DEFAULT false, -- the operator's own systems say so
    ADD COLUMN trial         boolean NOT NULL DEFAULT false,
    ADD COLUMN keys_rule     text NOT NULL DEFAULT 'any' CHECK (keys_rule IN ('any', 'one_per_application', 'one')),
    ADD COLUMN confirm_wide  boolean NOT NULL DEFAULT false; -- a second admin confirms keys without a narrow bound

CREATE FUNCTION hallmark.account_begin() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.access := CASE WHEN (SELECT by_default FROM hallmark.activation) THEN 'granted' ELSE 'none' END;
    RETURN NEW;
END
$$;
CREATE TRIGGER account_begin BEFORE INSERT ON hallmark.account FOR EACH ROW EXECUTE FUNCTION hallmark.account_begin();

-- Why an account's keys do not work: NULL when they do. Its own admins have switched it off, or the operator's conditions are not met;
-- the operator's own account needs none.
CREATE FUNCTION hallmark.access_shut(of_account hallmark.account) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE
        WHEN of_account.id = 0 THEN NULL
        WHEN NOT of_account.api_access THEN 'switched off'
        WHEN of_account.operator THEN NULL
        WHEN of_account.access <> 'granted' THEN of_account.access
        ELSE (SELECT 'plan missing' FROM hallmark.activation
            WHERE plan_needed AND NOT of_account.plan AND NOT (trial_included AND of_account.trial)) END;

-- --- how many keys ----------------------------------------------------------------------------------------------------------------------

-- Two that make a key at once come one after the other.
CREATE FUNCTION hallmark.key_may_be_made(of_account bigint, of_application bigint) RETURNS boolean
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    rule text := (SELECT keys_rule FROM hallmark.account WHERE id = of_account);
    other text;
BEGIN
    IF rule = 'any' THEN
        RETURN true;
    END IF;
    PERFORM FROM hallmark.account WHERE id = of_account FOR NO KEY UPDATE;
    SELECT client_id INTO other FROM hallmark.client
    WHERE account_id = of_account AND kind = 'key' AND state <> 'deleted' AND (rule = 'one' OR application_id = of_application)
    LIMIT 1;
    RETURN other IS NULL OR hallmark.refuse('HK409', format('This account has one key%s: %s. Replace its secret, or delete it first.',
        CASE rule WHEN 'one' THEN '' ELSE ' for each application' END, other));
END
$$;

-- --- confirmation -----------------------------------------------------------------------------------------------------------------------

ALTER TABLE hallmark.client
    DROP CONSTRAINT client_state_check,
    ADD CONSTRAINT client_state_check CHECK (state IN ('active', 'waiting', 'disabled', 'deleted')),
    ADD COLUMN asker_id bigint REFERENCES hallmark."user", -- who made it, or made it wider: not who confirms it
    ADD COLUMN confirmer_id bigint REFERENCES hallmark."user";

-- A key that reaches everywhere its holder does, has no end, or opens other accounts.
CREATE FUNCTION hallmark.key_is_wide(follows_holder boolean, expires_at timestamptz, office boolean) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN follows_holder OR office OR expires_at IS NULL;

-- --- who is told ------------------------------------------------------------------------------------------------------------------------

CREATE TRIGGER version_raise BEFORE UPDATE ON hallmark.activation FOR EACH ROW EXECUTE FUNCTION hallmark.version_raise();
CREATE TRIGGER policy_tell AFTER UPDATE ON hallmark.activation FOR EACH ROW EXECUTE FUNCTION hallmark.policy_tell('account');

CREATE OR REPLACE FUNCTION hallmark.history_noun(noun text) RETURNS int
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN -array_position(ARRAY['accounts', 'users', 'members', 'applications', 'keys', 'secrets', 'templates', 'links', 'offices', 'apis',
        'collections', 'offers', 'signing-keys', 'revocations', 'webhooks', 'reference-rules', 'erasures', 'activations'], noun);
SELECT hallmark.history_watch('activation', 'activations');

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA hallmark FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hallmark.access_shut, hallmark.key_may_be_made, hallmark.key_is_wide TO hallmark_server;
GRANT SELECT, UPDATE (by_default, plan_needed, trial_included, terms_name, terms_version) ON hallmark.activation TO hallmark_server;
GRANT UPDATE (access, terms_name, terms_version, plan, trial, keys_rule, confirm_wide) ON hallmark.account TO hallmark_server;
GRANT UPDATE (asker_id, confirmer_id) ON hallmark.client TO hallmark_server;
