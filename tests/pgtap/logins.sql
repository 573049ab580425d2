-- SPDX-License-Identifier: Apache-2.0
-- Sessions and second factors: who may no longer log in is logged in nowhere.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(19);

INSERT INTO hallmark."user" (id, email, name, password_hash, second_factor) VALUES
    (900001, 'one@tap.example', 'One', 'h', 'totp'), (900002, 'two@tap.example', 'Two', 'h', NULL);
INSERT INTO hallmark.session (user_id, digest, methods, address, program) VALUES
    (900001, sha256('a'), '{pwd,otp,mfa}', '192.0.2.1', 'P'), (900001, sha256('b'), '{pwd}', '', ''), (900002, sha256('c'), '{pwd}', '', '');
INSERT INTO hallmark.totp (user_id, sealed) VALUES (900001, '\x01');
INSERT INTO hallmark.recovery_code (user_id, digest) VALUES (900001, sha256('r'));
CREATE FUNCTION pg_temp.left_of(person bigint) RETURNS text LANGUAGE sql AS $$
    SELECT format('%s sessions, %s factors, %s codes, %s', (SELECT count(*) FROM hallmark.session WHERE user_id = person),
        (SELECT count(*) FROM hallmark.totp WHERE user_id = person), (SELECT count(*) FROM hallmark.recovery_code WHERE user_id = person),
        (SELECT coalesce(second_factor, 'none') FROM hallmark."user" WHERE id = person))
$$;

SELECT throws_ok($$INSERT INTO hallmark.session (user_id, digest, methods, address, program) VALUES (900002, sha256('a'), '{pwd}', '', '')$$,
    '23505', NULL, 'one session of a cookie');
SELECT throws_ok($$INSERT INTO hallmark.session (user_id, digest, methods, address, program) VALUES (900002, '\x01', '{pwd}', '', '')$$,
    '23514', NULL, 'a digest, never the cookie');
SELECT throws_ok($$INSERT INTO hallmark.session (user_id, digest, methods, address, program) VALUES (900002, sha256('x'), '{magic}', '', '')$$,
    '23514', NULL, 'methods have their words');
SELECT throws_ok($$INSERT INTO hallmark.session (user_id, digest, methods, address, program) VALUES (900002, sha256('x'), '{pwd}', '', repeat('x', 257))$$,
    '23514', NULL, 'a program is short');
SELECT throws_ok($$INSERT INTO hallmark.recovery_code (user_id, digest) VALUES (900001, sha256('r'))$$, '23505', NULL, 'a recovery code stands once');
SELECT throws_ok($$UPDATE hallmark."user" SET second_factor = 'sms' WHERE id = 900002$$, '23514', NULL, 'factors have their words');

SELECT ok(hallmark.session_lives(now() - interval '11:59', now() - interval '59 minutes'), 'lives');
SELECT ok(NOT hallmark.session_lives(now() - interval '12:00', now()), 'twelve hours after the login it ends');
SELECT ok(NOT hallmark.session_lives(now() - interval '2:00', now() - interval '1:00'), 'an hour after its last use it ends');
SELECT isnt(hallmark.password_digest('a'), hallmark.password_digest('b'), 'another password, another digest');
SELECT isnt(hallmark.password_digest(NULL), NULL, 'no password has one too');

UPDATE hallmark."user" SET name = 'Uno' WHERE id = 900001;
SELECT is(pg_temp.left_of(900001), '2 sessions, 1 factors, 1 codes, totp', 'a name ends nothing');
UPDATE hallmark."user" SET state = 'disabled' WHERE id = 900001;
SELECT is(pg_temp.left_of(900001), '0 sessions, 1 factors, 1 codes, totp', 'who is disabled is logged in nowhere');
UPDATE hallmark."user" SET state = 'active' WHERE id = 900001;
SELECT is(pg_temp.left_of(900001), '0 sessions, 1 factors, 1 codes, totp', 'and not again when enabled, with the same factor');
UPDATE hallmark."user" SET password_hash = NULL WHERE id = 900001;
SELECT is(pg_temp.left_of(900001), '0 sessions, 0 factors, 0 codes, none', 'without a password nothing is left');
SELECT is(pg_temp.left_of(900002), '1 sessions, 0 factors, 0 codes, none', 'others are left alone');

SELECT is((SELECT after::jsonb ->> 'second_factor' FROM hallmark.history_value JOIN hallmark.change_history AS c ON c.id = history_id
    WHERE c.collection = 'users' AND c.record_id = 900001 ORDER BY c.id LIMIT 1), 'totp', 'the history tells a second factor');
SELECT is((SELECT after::jsonb ->> 'second_factor' FROM hallmark.history_value JOIN hallmark.change_history AS c ON c.id = history_id
    WHERE c.collection = 'users' AND c.record_id = 900001 ORDER BY c.id DESC LIMIT 1), NULL, 'and that it went');
SELECT is((SELECT count(*)::int FROM hallmark.history_value WHERE concat(before, after) ~ 'password_hash'), 0, 'and no password');

SELECT * FROM finish();
ROLLBACK;
