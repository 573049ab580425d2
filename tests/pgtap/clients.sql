-- SPDX-License-Identifier: Apache-2.0
-- Applications, clients and their secrets.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(47);

INSERT INTO hallmark.account (id, name) VALUES (900001, 'A'), (900002, 'B');
INSERT INTO hallmark."user" (id, email, name) VALUES (900001, 'tap-one@example.org', 'One'), (900002, 'tap-two@example.org', 'Two');
INSERT INTO hallmark.member (account_id, user_id) VALUES (900001, 900001), (900002, 900002);
INSERT INTO hallmark.application (id, account_id, name) VALUES (900001, 0, 'Tap for all'), (900002, 900002, 'Tap of B');
INSERT INTO hallmark.client (account_id, client_id, application_id, name, holder_id) VALUES (900001, 'hmk_tap', 900001, 'key', 900001);

-- Applications.
SELECT throws_ok($$INSERT INTO hallmark.application (id, account_id, name) VALUES (900003, 0, 'TAP FOR ALL')$$, '23505', NULL,
    'a name is used once, however it is written');
SELECT lives_ok($$INSERT INTO hallmark.application (id, account_id, name) VALUES (900003, 900001, 'Tap for all')$$, 'but for an account''s own');
SELECT throws_ok($$INSERT INTO hallmark.application (id, account_id, name) VALUES (0, 0, 'x')$$, '23514', NULL, 'application 0 is none');
SELECT throws_ok($$INSERT INTO hallmark.application (id, account_id, name) VALUES (900004, 999999, 'x')$$, '23503', NULL, 'of an account that is there');
SELECT throws_ok(format('UPDATE hallmark.application SET %s WHERE id = 900001', change), '23514', NULL, 'application: ' || change)
    FROM unnest(ARRAY['state = ''deleted''', 'scopes = ''{b,a}''', 'name = ''''', 'redirect_uris = ''{NULL}''']) AS change;

-- Whose a client is.
SELECT throws_ok(format($$INSERT INTO hallmark.client (account_id, client_id, application_id, kind, name, holder_id)
        VALUES (%s, %L, %s, %L, 'x', %s)$$, account, id, application, kind, holder), code, NULL, why) FROM (VALUES
    (900001, 'hmk_tap', 900001, 'key', '900001', '23505', 'a client id is used once in an account'),
    (900001, 'hmk-x', 900001, 'key', '900001', '23514', 'a client id has letters, digits and _ only'),
    (900001, '', 900001, 'key', '900001', '23514', 'a client id is not empty'),
    (900001, 'hmk_x', 900001, 'key', 'NULL', '23514', 'a key has a holder'),
    (900001, 'hmk_x', 900001, 'key', '900002', '23503', 'a holder is a member of the key''s account'),
    (0, 'hmk_x', 900001, 'key', '900001', '23514', 'a key belongs to a company'),
    (900001, 'hmk_x', 900001, 'application', '900001', '23514', 'an application''s own client has no holder'),
    (900001, 'hmk_x', 999999, 'key', '900001', '23503', 'a client is of an application'),
    (900001, 'hmk_x', 900002, 'key', '900001', '23514', 'an account''s own application has no keys in another'),
    (0, 'hmk_x', 900002, 'application', 'NULL', '23514', 'nor a client for all'),
    (999999, 'hmk_x', 900001, 'key', '900001', '23503', 'a client is in an account that is there')
    ) AS bad (account, id, application, kind, holder, code, why);
SELECT lives_ok($$INSERT INTO hallmark.client (account_id, client_id, application_id, name, holder_id) VALUES (900002, 'hmk_own', 900002, 'x', 900002)$$,
    'an account''s own application has keys in it');
SELECT throws_ok('UPDATE hallmark.client SET application_id = 900002 WHERE client_id = ''hmk_tap''', '23514', NULL, 'and does not get one of another');
SELECT lives_ok($$INSERT INTO hallmark.client (account_id, client_id, application_id, kind, name) VALUES (0, 'hmk_all', 900001, 'application', 'x')$$,
    'an application''s client for all accounts');
SELECT throws_ok(format('UPDATE hallmark.client SET %s WHERE client_id = ''hmk_tap''', change), '23514', NULL, 'client: ' || change)
    FROM unnest(ARRAY['scopes = ''{b,a}''', 'state = ''paused''', 'not_before = now(), expires_at = now() - interval ''1 day''',
        'client_id = ''hmk_other''', 'account_id = 900002', 'generation = 0']) AS change;
SELECT throws_ok('DELETE FROM hallmark.member WHERE account_id = 900001', '23503', NULL, 'a holder is not deleted');

-- Generations.
UPDATE hallmark.client SET state = 'disabled' WHERE client_id = 'hmk_tap';
SELECT is((SELECT generation FROM hallmark.client WHERE client_id = 'hmk_tap'), 2::bigint, 'disabling raises the generation');
UPDATE hallmark.client SET state = 'active' WHERE client_id = 'hmk_tap';
SELECT is((SELECT generation FROM hallmark.client WHERE client_id = 'hmk_tap'), 2::bigint, 'enabling again does not bring the old one back');
SELECT throws_ok('UPDATE hallmark.client SET generation = 1 WHERE client_id = ''hmk_tap''', '23514', NULL, 'a generation never falls');
UPDATE hallmark.client SET generation = 9 WHERE client_id = 'hmk_tap';
SELECT is((SELECT generation FROM hallmark.client WHERE client_id = 'hmk_tap'), 9::bigint, 'it may be raised by hand');
UPDATE hallmark.client SET state = 'disabled', generation = 9 WHERE client_id = 'hmk_tap';
SELECT is((SELECT generation FROM hallmark.client WHERE client_id = 'hmk_tap'), 10::bigint, 'a statement cannot disable without raising it');
UPDATE hallmark.client SET state = 'deleted' WHERE client_id = 'hmk_tap';
SELECT is((SELECT generation FROM hallmark.client WHERE client_id = 'hmk_tap'), 10::bigint, 'from disabled to deleted nothing is left to revoke');
SELECT throws_ok(format('UPDATE hallmark.client SET state = %L WHERE client_id = ''hmk_tap''', state), '23514', NULL, 'deleted is not ' || state)
    FROM unnest(ARRAY['active', 'disabled']) AS state;
SELECT is((SELECT version FROM hallmark.client WHERE client_id = 'hmk_tap'), 6::bigint, 'the version counts each change');

-- Secrets.
INSERT INTO hallmark.client_secret (account_id, client_id, id, digest, mask) VALUES (900002, 'hmk_own', 1, sha256('tap 1'), 'm');
SELECT throws_ok($$INSERT INTO hallmark.client_secret (account_id, client_id, id, digest, mask) VALUES (900002, 'hmk_own', 2, '\x00', 'm')$$, '23514',
    NULL, 'a digest has 32 bytes');
SELECT throws_ok($$INSERT INTO hallmark.client_secret (account_id, client_id, id, digest, mask) VALUES (900002, 'hmk_own', 2, sha256('tap 1'), 'm')$$,
    '23505', NULL, 'no secret serves twice');
SELECT throws_ok($$INSERT INTO hallmark.client_secret (account_id, client_id, id, digest, mask) VALUES (900002, 'hmk_none', 1, sha256('tap 2'), 'm')$$,
    '23503', NULL, 'a secret has a client');
SELECT lives_ok($$INSERT INTO hallmark.client_secret (account_id, client_id, id, digest, mask) VALUES (900002, 'hmk_own', 2, sha256('tap 2'), 'm')$$,
    'a second one lives beside the first');
SELECT throws_ok($$INSERT INTO hallmark.client_secret (account_id, client_id, id, digest, mask) VALUES (900002, 'hmk_own', 3, sha256('tap 3'), 'm')$$,
    '23514', 'a client has at most two live secrets', 'a third one does not');
SELECT lives_ok($$INSERT INTO hallmark.client_secret (account_id, client_id, id, digest, mask, not_after)
    VALUES (900002, 'hmk_own', 3, sha256('tap 3'), 'm', now())$$, 'but one that has ended');
SELECT throws_ok('UPDATE hallmark.client_secret SET not_after = NULL WHERE client_id = ''hmk_own'' AND id = 3', '23514', NULL, 'which stays ended');
UPDATE hallmark.client_secret SET not_after = now() WHERE client_id = 'hmk_own' AND id = 1;
SELECT lives_ok($$INSERT INTO hallmark.client_secret (account_id, client_id, id, digest, mask) VALUES (900002, 'hmk_own', 4, sha256('tap 4'), 'm')$$,
    'when one has ended there is room for another');
SELECT throws_ok('DELETE FROM hallmark.client WHERE client_id = ''hmk_own''', '23503', NULL, 'a client with secrets is not deleted');

SELECT * FROM finish();
ROLLBACK;
