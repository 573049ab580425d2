-- SPDX-License-Identifier: Apache-2.0
-- Erasure: values and salts go, digests and everybody else's values stay, and the history tells that it was done; nobody else erases.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(49);

CREATE FUNCTION pg_temp.as_server(statement text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    SET LOCAL ROLE hallmark_server;
    EXECUTE statement;
    RESET ROLE;
END
$$;
-- A change with all four values, by a holder and a user, of a record.
CREATE FUNCTION pg_temp.change(of_account bigint, of_collection int, of_record bigint, of_holder bigint, of_user bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    row_id constant bigint := nextval('hallmark.history_id_seq');
BEGIN
    INSERT INTO hallmark.change_history (account_id, id, at, application_id, application_name, client_id, holder_id, user_id, method, collection_id,
        collection, record_id, external_references, version, request_id, before_digest, after_digest, person_digest, address_digest, frozen,
        frozen_digest)
    VALUES (of_account, row_id, now(), 2, 'Robot', 'hmk_x', of_holder, of_user, 'PUT', of_collection, 'tapped', of_record, '{}', 1,
        gen_random_uuid(), sha256('b'), sha256('a'), sha256('p'), sha256('d'), '\x01', sha256('\x01'));
    INSERT INTO hallmark.history_value (account_id, history_id, at, before, before_salt, after, after_salt, person, person_salt, address, address_salt)
    VALUES (of_account, row_id, now(), '{"v": 1}', '\x01', '{"v": 2}', '\x02', 'Ada', '\x03', '192.0.2.1', '\x04');
END
$$;
-- What is left of the values of an account, as letters: documents, person, address; in the order of the changes.
CREATE FUNCTION pg_temp.kept(of_account bigint) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(concat(CASE WHEN before IS NOT NULL AND before_salt IS NOT NULL THEN 'b' END, CASE WHEN after IS NOT NULL AND after_salt IS NOT NULL THEN 'a' END,
        CASE WHEN person IS NOT NULL AND person_salt IS NOT NULL THEN 'p' END, CASE WHEN address IS NOT NULL AND address_salt IS NOT NULL THEN 'd' END), ' ' ORDER BY history_id)
    FROM hallmark.history_value JOIN hallmark.change_history AS change ON change.account_id = history_value.account_id AND id = history_id
    WHERE history_value.account_id = of_account AND collection = 'tapped'
$$;
CREATE FUNCTION pg_temp.last() RETURNS hallmark.change_history LANGUAGE sql AS $$
    SELECT * FROM hallmark.change_history ORDER BY id DESC LIMIT 1
$$;

INSERT INTO hallmark.account (id, name) VALUES (900001, 'A'), (900002, 'B');
INSERT INTO hallmark."user" (id, email, name, password_hash) VALUES (900001, 'tap@example.org', 'Tap Person', 'x'), (900002, 'other@example.org', 'Other', NULL);
UPDATE hallmark."user" SET name = 'Tap Married' WHERE id = 900001;
INSERT INTO hallmark.collection (name, singular) VALUES ('tapped', 'tap'), ('knocked', 'knock');
SELECT id AS tapped FROM hallmark.collection WHERE name = 'tapped' \gset
SELECT id AS knocked FROM hallmark.collection WHERE name = 'knocked' \gset
SELECT pg_temp.change(900001, :tapped, 7, 900001, NULL), pg_temp.change(900001, :tapped, 7, 900001, 900002),
    pg_temp.change(900001, :tapped, 8, 900002, NULL), pg_temp.change(900001, :knocked, 7, NULL, NULL),
    pg_temp.change(900002, :tapped, 7, 900002, 900001), pg_temp.change(900002, :tapped, 9, NULL, NULL);
INSERT INTO hallmark.record (account_id, collection_id, id, version, history_id, created_at, changed_at, document)
    VALUES (900001, :tapped, 8, 1, 1, now(), now(), '{}');

-- Who may not.
SELECT throws_ok($$SELECT pg_temp.as_server('SELECT hallmark.person_erase(900001)')$$, '42501', NULL, 'server: no person');
SELECT throws_ok($$SELECT pg_temp.as_server('SELECT hallmark.record_erase(900001, ''tapped'', 7)')$$, '42501', NULL, 'server: no record');
SELECT throws_ok($$SELECT pg_temp.as_server('SELECT hallmark.history_erase_subject(''person'', 900001, 0, -2, NULL, 900001)')$$, '42501', NULL,
    'server: not by the way behind them');
SELECT throws_ok($$SELECT pg_temp.as_server('UPDATE hallmark.history_value SET person = NULL, person_salt = NULL')$$, '42501', NULL, 'server: not by hand');
SELECT throws_ok($$SELECT pg_temp.as_server('INSERT INTO hallmark.erasure (account_id, kind, user_id, changes, erased) VALUES (1, ''person'', 1, 1, 1)')$$,
    '42501', NULL, 'server: records no erasure');
SELECT throws_ok('UPDATE hallmark.history_value SET person = NULL, person_salt = NULL', '23000', NULL, 'owner: not without telling');
SET LOCAL session_replication_role = replica;
SELECT throws_ok('UPDATE hallmark.history_value SET person = NULL, person_salt = NULL', '23000', NULL, 'owner: nor in replica mode');
SET LOCAL session_replication_role = origin;
SELECT is(pg_temp.kept(900001), 'bapd bapd bapd bapd', 'nothing has gone');

-- What cannot be.
SELECT throws_ok('SELECT hallmark.person_erase(900009)', 'P0002', NULL, 'an unknown person');
SELECT throws_ok('SELECT hallmark.person_erase(NULL)', 'P0002', NULL, 'nobody');
SELECT throws_ok($$SELECT hallmark.record_erase(900001, 'tapped', 8)$$, '55000', NULL, 'a record that is still there');
SELECT throws_ok($$SELECT hallmark.record_erase(900001, 'tapped', 9)$$, 'P0002', NULL, 'a record of another account');
SELECT throws_ok($$SELECT hallmark.record_erase(900001, 'nothing', 7)$$, 'P0002', NULL, 'a collection that is not there');
SELECT throws_ok($$SELECT hallmark.record_erase(0, 'users', 900001)$$, 'P0002', NULL, 'a noun is no collection');
SELECT is((SELECT count(*)::int FROM hallmark.erasure WHERE account_id IN (0, 900001, 900002)), 0, 'nothing was recorded');

-- A record. The same number in another collection or account is another record.
INSERT INTO hallmark.webhook_delivery (account_id, webhook_id, event_id, attempt, at, type, result, status, detail, milliseconds)
    SELECT account_id, 1, id, 1, now(), 'x', 'delivered', 200, 'thanks for Ada', 5 FROM hallmark.change_history WHERE account_id = 900001;
INSERT INTO hallmark.idempotency (account_id, client_id, key_digest, request_digest, record_id, version, history_id, at)
    SELECT account_id, 'x', sha256(id::text::bytea), sha256('a'), record_id, 1, id, at FROM hallmark.change_history WHERE account_id = 900001;
SELECT is(done::text, '(1,2,4,0)', 'two changes lose four values') FROM hallmark.record_erase(900001, 'tapped', 7) AS done;
SELECT is(pg_temp.kept(900001), 'pd pd bapd bapd', 'of this record, and who did it stays');
SELECT is(pg_temp.kept(900002), 'bapd bapd', 'of this account');
SELECT is((SELECT count(detail)::int FROM hallmark.webhook_delivery JOIN hallmark.change_history ON id = event_id WHERE collection = 'tapped' AND record_id = 7
    AND collection_id = :tapped AND change_history.account_id = 900001), 0, 'what receivers answered is gone');
SELECT is((SELECT count(detail)::int FROM hallmark.webhook_delivery JOIN hallmark.change_history ON id = event_id WHERE record_id = 8), 1, 'to others it stays');
SELECT is((SELECT count(*)::int FROM hallmark.idempotency WHERE account_id = 900001 AND request_digest <> sha256('a')), 2, 'no guess can be tried on the request');
SELECT is((r.method, r.collection, r.account_id, r.version)::text, '(POST,erasures,900001,1)', 'it stands in the account''s history') FROM pg_temp.last() AS r;
SELECT is(r.external_references::jsonb, jsonb_build_object('Kind', 'record', 'Collection', 'tapped', 'CollectionId', :'tapped', 'Record', '7'),
    'with what it was, among the facts') FROM pg_temp.last() AS r;
SELECT is((v.after::jsonb ->> 'changes', v.after::jsonb ->> 'erased')::text, '(2,4)', 'and how many') FROM hallmark.history_value AS v
    WHERE history_id = (SELECT id FROM pg_temp.last());
SELECT is((SELECT count(*)::int FROM hallmark.history_value WHERE history_id = (SELECT id FROM pg_temp.last()) AND concat(before, after) ~ 'Ada|"v"'), 0, 'no value');
SELECT is(done::text, '(0,0,0,0)', 'a second time nothing is left to erase') FROM hallmark.record_erase(900001, 'tapped', 7) AS done;
SELECT is((SELECT count(*)::int FROM hallmark.erasure WHERE account_id = 900001), 1, 'nor to record');

INSERT INTO hallmark.admin_request (account_id, client_id, key_digest, request_digest, subject)
    SELECT 900001, 'hmk_x', sha256(subject::bytea), sha256('tap@example.org'), subject FROM unnest(ARRAY['900001', '900002']) AS subject;

INSERT INTO hallmark.session (user_id, digest, methods, address, program)
    SELECT id, sha256(id::text::bytea), '{pwd}', '192.0.2.9', 'Browser' FROM unnest(ARRAY[900001, 900002]) AS id;
INSERT INTO hallmark.totp (user_id, sealed) VALUES (900001, '\x01');
INSERT INTO hallmark.recovery_code (user_id, digest) VALUES (900001, sha256('code'));
INSERT INTO hallmark.application (id, account_id, name) VALUES (900001, 0, 'Tap');
INSERT INTO hallmark.member (account_id, user_id) VALUES (900001, 900001);
INSERT INTO hallmark.client (account_id, client_id, application_id, name, holder_id) VALUES (900001, 'hmk_tap', 900001, 'x', 900001);
INSERT INTO hallmark.client_secret (account_id, client_id, id, digest, mask) VALUES (900001, 'hmk_tap', 1, sha256('tap'), 'm');
INSERT INTO hallmark.client_secret_use (account_id, client_id, id, uses, last_at, last_address) VALUES (900001, 'hmk_tap', 1, 3, now(), '192.0.2.9');

-- A person: what they did by their keys and themselves, in all accounts, and their own data.
SELECT is(done::text, '(3,5,9,0)', 'three accounts, five changes, nine values') FROM hallmark.person_erase(900001) AS done;
SELECT is(pg_temp.kept(900001), ' pd bapd bapd', 'what another did through the person''s key is the other''s');
SELECT is(pg_temp.kept(900002), 'ba bapd', 'and in the other account');
SELECT is((u.email, u.name, u.state, u.password_hash)::text, '(erased-900001@erased.invalid,erased,disabled,)', 'the live row is nobody''s')
    FROM hallmark."user" AS u WHERE id = 900001;
SELECT is((SELECT array_agg(user_id) FROM (SELECT user_id FROM hallmark.session UNION ALL SELECT user_id FROM hallmark.totp
    UNION ALL SELECT user_id FROM hallmark.recovery_code) AS login WHERE user_id IN (900001, 900002)), '{900002}', 'no login is left, another''s stays');
SELECT is((SELECT (uses, last_address)::text FROM hallmark.client_secret_use WHERE client_id = 'hmk_tap'), '(3,erased)', 'nor from where the key was used');
SELECT is((SELECT array_agg(subject) FROM hallmark.admin_request WHERE request_digest = sha256('tap@example.org')), '{900002}', 'no guess can be tried on the request');
SELECT is((SELECT count(*)::int FROM hallmark.history_value WHERE concat(before, after) ~ 'tap@example|Tap Person|Tap Married'), 0, 'no value is left anywhere');
SELECT is((SELECT count(*)::int FROM hallmark.change_history JOIN hallmark.history_value ON history_id = id AND history_value.account_id = change_history.account_id
    WHERE collection = 'users' AND record_id = 900001 AND after_digest IS NOT NULL AND after_salt IS NULL), 3, 'of three changes of theirs the digests stay');
SELECT is((SELECT string_agg(concat_ws(' ', account_id, kind, user_id, changes, erased), ', ' ORDER BY account_id, id) FROM hallmark.erasure WHERE kind = 'person'),
    '0 person 900001 3 5, 900001 person 900001 1 2, 900002 person 900001 1 2', 'an erasure in each account');
SELECT is((SELECT array_agg(DISTINCT external_references::jsonb) FROM hallmark.change_history WHERE collection = 'erasures' AND external_references ~ 'person'),
    ARRAY['{"Kind": "person", "User": "900001"}'::jsonb], 'that names the number, never the name');
SELECT cmp_ok((SELECT min(id) FROM hallmark.change_history WHERE collection = 'erasures' AND external_references ~ 'person'), '>',
    (SELECT max(id) FROM hallmark.change_history WHERE collection = 'users'), 'an erasure stands behind what it took, even in its own transaction');
SELECT is(done::text, '(0,0,0,0)', 'a second time nothing is left') FROM hallmark.person_erase(900001) AS done;
SELECT is((SELECT count(*)::int FROM hallmark.change_history WHERE collection = 'users' AND record_id = 900001), 3, 'and nothing is told');
SELECT is((SELECT email FROM hallmark."user" WHERE id = 900002), 'other@example.org', 'the other person is left alone');
SELECT pg_temp.change(900002, :tapped, 9, 900001, NULL);
SELECT is(done::text, '(1,1,2,0)', 'what comes later is erased later') FROM hallmark.person_erase(900001) AS done;

-- What was recorded stays.
SELECT throws_ok('UPDATE hallmark.erasure SET changes = 1', '23000', NULL, 'owner: an erasure is not altered');
SELECT throws_ok('DELETE FROM hallmark.erasure', '23000', NULL, 'owner: nor deleted');
SELECT throws_ok('TRUNCATE hallmark.erasure', '23000', NULL, 'owner: nor truncated');
SELECT throws_ok($$INSERT INTO hallmark.erasure (account_id, kind, user_id, record_id, changes, erased) VALUES (1, 'person', 1, 1, 1, 1)$$, '23514', NULL, 'of one or the other');
SELECT throws_ok($$INSERT INTO hallmark.collection (name, singular) VALUES ('erasures', 'erasure')$$, '23514', NULL, 'no collection is called so');
SELECT is((SELECT count(*)::int FROM hallmark.history_value WHERE num_nonnulls(before, before_salt) = 1 OR num_nonnulls(after, after_salt) = 1
    OR num_nonnulls(person, person_salt) = 1 OR num_nonnulls(address, address_salt) = 1), 0, 'no value without its salt, no salt without its value');

SELECT * FROM finish();
ROLLBACK;
