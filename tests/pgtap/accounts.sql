-- SPDX-License-Identifier: Apache-2.0
-- Accounts, users and members.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(36);

INSERT INTO hallmark.account (id, name) VALUES (900001, 'A'), (900002, 'B');
INSERT INTO hallmark."user" (id, email, name) VALUES (900001, 'tap-one@example.org', 'One'), (900002, 'tap-two@example.org', 'Two');
INSERT INTO hallmark.member (account_id, user_id) VALUES (900001, 900001);

-- Account 0 stands for all accounts and is never closed.
SELECT is((SELECT state || api_access FROM hallmark.account WHERE id = 0), 'activetrue', 'account 0 is there');
SELECT throws_ok($$UPDATE hallmark.account SET state = 'closed' WHERE id = 0$$, '23514', NULL, 'it is not closed');
SELECT throws_ok($$UPDATE hallmark.account SET api_access = false WHERE id = 0$$, '23514', NULL, 'nor is its API access switched off');
SELECT throws_ok('DELETE FROM hallmark.account WHERE id = 900001', '23503', NULL, 'an account with members is not deleted');

SELECT throws_ok(format('INSERT INTO hallmark.account (id, name) VALUES (%s, %L)', id, name), '23514', NULL, why) FROM (VALUES
    (-1::bigint, 'x', 'an id is not negative'), (140737488355328, 'x', 'an id fits into eight characters of a client id'),
    (900003, '', 'an account has a name'), (900003, E'a\nb', 'a name has no line break')) AS bad (id, name, why);
SELECT lives_ok($$INSERT INTO hallmark.account (id, name) VALUES (140737488355327, 'x')$$, 'the greatest id');
SELECT throws_ok($$UPDATE hallmark.account SET state = 'paused' WHERE id = 900001$$, '23514', NULL, 'an account is active or closed');

SELECT throws_ok(format('INSERT INTO hallmark."user" (id, email, name) VALUES (900003, %L, ''x'')', email), '23514', NULL,
    'no address: ' || email) FROM unnest(ARRAY['x', 'x@', '@x', 'a b@x', 'a@b@c', repeat('x', 250) || '@x.de']) AS email;
SELECT throws_ok($$INSERT INTO hallmark."user" (id, email, name) VALUES (900003, 'TAP-One@Example.org', 'x')$$, '23505', NULL,
    'an address belongs to one person, however it is written');
SELECT throws_ok($$INSERT INTO hallmark."user" (id, email, name) VALUES (0, 'tap-x@example.org', 'x')$$, '23514', NULL, 'user 0 is nobody');
SELECT throws_ok($$UPDATE hallmark."user" SET state = 'left' WHERE id = 900001$$, '23514', NULL, 'a person is active or disabled');

SELECT throws_ok('INSERT INTO hallmark.member (account_id, user_id) VALUES (900001, 900001)', '23505', NULL, 'a person is a member once');
SELECT throws_ok('INSERT INTO hallmark.member (account_id, user_id) VALUES (900001, 999999)', '23503', NULL, 'a member is a person');
SELECT throws_ok('INSERT INTO hallmark.member (account_id, user_id) VALUES (999999, 900001)', '23503', NULL, 'of an account');
SELECT throws_ok('INSERT INTO hallmark.member (account_id, user_id) VALUES (0, 900001)', '23514', NULL, 'that is a company');
SELECT throws_ok(format('UPDATE hallmark.member SET %s WHERE account_id = 900001', change), '23514', NULL, 'member: ' || change)
    FROM unnest(ARRAY['role = ''king''', 'state = ''gone''', 'permissions = ''{b,a}''', 'permissions = ''{"a b"}''']) AS change;

-- Versions count by themselves.
UPDATE hallmark.account SET name = 'AA' WHERE id = 900001;
UPDATE hallmark.account SET name = 'AAA', version = 77 WHERE id = 900001;
UPDATE hallmark."user" SET name = 'Uno' WHERE id = 900001;
UPDATE hallmark.member SET role = 'admin' WHERE account_id = 900001;
SELECT is((SELECT version FROM hallmark.account WHERE id = 900001), 3::bigint, 'an account''s version rises by one, whatever a statement says');
SELECT is((SELECT version FROM hallmark."user" WHERE id = 900001), 2::bigint, 'a user''s too');
SELECT is((SELECT version FROM hallmark.member WHERE account_id = 900001), 2::bigint, 'a member''s too');

-- Closing touches nothing else.
SELECT lives_ok($$UPDATE hallmark.account SET state = 'closed' WHERE id = 900001$$, 'a company''s account is closed');
SELECT is((SELECT state FROM hallmark.member WHERE account_id = 900001), 'active', 'and its members stay as they are');

SELECT col_is_pk('hallmark', 'member', ARRAY['account_id', 'user_id'], 'the account stands first in the key of members');
SELECT col_not_null('hallmark', 'member', 'permissions', 'permissions are never unknown');
SELECT col_default_is('hallmark', 'member', 'permissions', '{}'::text[], 'and none at first');
SELECT col_default_is('hallmark', 'member', 'role', 'member', 'the least role is the first');

SELECT * FROM finish();
ROLLBACK;
