-- SPDX-License-Identifier: Apache-2.0
-- When an account's keys work, and how many it may have.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(19);

CREATE FUNCTION pg_temp.shut() RETURNS text LANGUAGE sql AS 'SELECT hallmark.access_shut(account) FROM hallmark.account WHERE id = 900001';

INSERT INTO hallmark.account (id, name) VALUES (900001, 'A');
SELECT is(pg_temp.shut(), NULL, 'new accounts have access by default');
UPDATE hallmark.account SET api_access = false WHERE id = 900001;
SELECT is(pg_temp.shut(), 'switched off', 'its own switch');
UPDATE hallmark.account SET api_access = true, access = 'requested' WHERE id = 900001;
SELECT is(pg_temp.shut(), 'requested', 'asked for is not granted');
UPDATE hallmark.account SET access = 'granted' WHERE id = 900001;
UPDATE hallmark.activation SET plan_needed = true;
SELECT is(pg_temp.shut(), 'plan missing', 'a plan is needed');
UPDATE hallmark.account SET trial = true WHERE id = 900001;
SELECT is(pg_temp.shut(), NULL, 'or a trial');
UPDATE hallmark.activation SET trial_included = false;
SELECT is(pg_temp.shut(), 'plan missing', 'unless it is not included');
UPDATE hallmark.account SET plan = true WHERE id = 900001;
SELECT is(pg_temp.shut(), NULL, 'the plan has it');
UPDATE hallmark.account SET plan = false, operator = true WHERE id = 900001;
SELECT is(pg_temp.shut(), NULL, 'an operator asks nobody');
SELECT is((SELECT hallmark.access_shut(account) FROM hallmark.account WHERE id = 0), NULL, 'neither does what is of all accounts');

UPDATE hallmark.activation SET by_default = false;
INSERT INTO hallmark.account (id, name, access) VALUES (900002, 'B', 'granted');
SELECT is((SELECT access FROM hallmark.account WHERE id = 900002), 'none', 'without the default nobody is born with access, whatever was said');
SELECT throws_ok($$INSERT INTO hallmark.activation (id) VALUES (2)$$, '23514', NULL, 'there is one activation');
SELECT throws_ok($$UPDATE hallmark.activation SET terms_name = 'T', terms_version = NULL$$, '23514', NULL, 'terms have a version');
SELECT isnt_empty($$SELECT FROM hallmark.policy_change WHERE kind = 'account' AND account_id = 0$$, 'every node hears of it');
SELECT isnt_empty($$SELECT FROM hallmark.change_history WHERE collection = 'activations'$$, 'and so does the history');

-- Keys.
INSERT INTO hallmark."user" (id, email, name) VALUES (900011, 'a@example.com', 'A');
INSERT INTO hallmark.member (account_id, user_id) VALUES (900001, 900011);
INSERT INTO hallmark.application (id, account_id, name) VALUES (900021, 0, 'App one'), (900022, 0, 'App two');
INSERT INTO hallmark.client (account_id, client_id, application_id, name, holder_id) VALUES (900001, 'hmk_a', 900021, 'K', 900011);
SELECT ok(hallmark.key_may_be_made(900001, 900021), 'any number');
UPDATE hallmark.account SET keys_rule = 'one_per_application' WHERE id = 900001;
SELECT throws_ok('SELECT hallmark.key_may_be_made(900001, 900021)', 'HK409', NULL, 'one for each application');
SELECT ok(hallmark.key_may_be_made(900001, 900022), 'another application');
UPDATE hallmark.account SET keys_rule = 'one' WHERE id = 900001;
SELECT throws_ok('SELECT hallmark.key_may_be_made(900001, 900022)', 'HK409', NULL, 'one for the account');
UPDATE hallmark.client SET state = 'deleted' WHERE client_id = 'hmk_a';
SELECT ok(hallmark.key_may_be_made(900001, 900022), 'what was deleted does not count');

SELECT * FROM finish();
ROLLBACK;
