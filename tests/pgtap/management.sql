-- SPDX-License-Identifier: Apache-2.0
-- What a role may, how a statement refuses, and what is remembered of a request.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(29);

-- Permissions.
SELECT is(hallmark.permissions_of('member', false, '{customers:read,keys:write,all-accounts:write,owners:write,history:read}'),
    '{customers:read,grants:read,grants:write,history:read}', 'a member has what was given, and what he gave himself is his to administer');
SELECT is(hallmark.permissions_of('auditor', false, '{customers:read,customers:write}') @> '{customers:read,history:read,keys:read}', true,
    'an auditor reads');
SELECT is((SELECT count(*)::int FROM unnest(hallmark.permissions_of('auditor', true, '{customers:write,keys:write}')) AS token
    WHERE token NOT LIKE '%:read'), 0, 'and does nothing else');
SELECT ok(hallmark.permissions_of('admin', false, '{}') @> '{keys:read,keys:write,members:write,history:read}', 'an admin administers');
SELECT ok(NOT hallmark.permissions_of('admin', false, '{owners:write,users:write,all-accounts:read}') && '{owners:write,users:write,all-accounts:read}',
    'but makes no owner and is no operator, whatever was given');
SELECT ok(hallmark.permissions_of('owner', false, '{}') @> '{owners:write,keys:write}', 'an owner makes owners');
SELECT ok(NOT hallmark.permissions_of('owner', false, '{}') && '{users:write,apis:write,all-accounts:write}', 'and is no operator');
SELECT ok(hallmark.permissions_of('admin', true, '{}') @> '{users:write,apis:write,all-accounts:write}', 'an operator''s admin is');
SELECT ok(NOT hallmark.permissions_of('member', true, '{users:write}') && '{users:write}', 'an operator''s member is not');
SELECT ok(hallmark.scopes_ok(hallmark.permissions_of('owner', true, '{zebras:read,ants:read}')), 'permissions are canonical');

-- Refusals.
SELECT throws_ok($$SELECT hallmark.version_is(7, 6)$$, 'HK412', NULL, 'another version');
SELECT ok(hallmark.version_is(7, 7) AND hallmark.version_is(7, NULL), 'the version, or any');
SELECT throws_ok($$SELECT hallmark.within('{b:read,a:read,c:read}', '{c:read}')$$, 'HK403',
    'You cannot give what you do not have yourself: a:read b:read.', 'what one has not');
SELECT ok(hallmark.within('{a:read}', '{a:read}') AND hallmark.within('{}', '{}') AND hallmark.within('{a:read}', NULL), 'what one has');

-- A request that is asked again.
SELECT ok(hallmark.act(NULL, '\x00', '\x00', 'x'), 'nobody: the connection has said who');
SELECT ok(hallmark.act('{"client_id":"hmk_00000001AAAAAAAAAAAAAAcccccc"}', sha256('k'), sha256('r'), 'made'), 'the first time');
SELECT is(current_setting('hallmark.actor'), '{"client_id":"hmk_00000001AAAAAAAAAAAAAAcccccc"}', 'it is known who changes');
SELECT throws_ok($$SELECT hallmark.act('{"client_id":"hmk_00000001AAAAAAAAAAAAAAcccccc"}', sha256('k'), sha256('r'), 'other')$$, 'HK208', 'made',
    'the second time: what was made');
SELECT throws_ok($$SELECT hallmark.act('{"client_id":"hmk_00000001AAAAAAAAAAAAAAcccccc"}', sha256('k'), sha256('s'), 'other')$$, 'HK409', NULL,
    'the same key for another request');
SELECT ok(hallmark.act('{"client_id":"hmk_00000002AAAAAAAAAAAAAAcccccc"}', sha256('k'), sha256('s'), 'other'), 'somebody else''s key');
SELECT ok(hallmark.act('{"client_id":"hmk_00000001AAAAAAAAAAAAAAcccccc"}'), 'no key at all');

-- The last owner.
SET LOCAL hallmark.actor = '';
INSERT INTO hallmark.account (id, name) VALUES (900001, 'A');
INSERT INTO hallmark."user" (id, email, name) VALUES (900011, 'a@example.com', 'A'), (900012, 'b@example.com', 'B');
INSERT INTO hallmark.member (account_id, user_id, role) VALUES (900001, 900011, 'owner'), (900001, 900012, 'owner');
SELECT lives_ok($$UPDATE hallmark.member SET role = 'admin' WHERE user_id = 900011$$, 'an owner becomes an admin');
SELECT throws_ok($$UPDATE hallmark.member SET role = 'member' WHERE user_id = 900012$$, 'HK409', NULL, 'but not the last one');
SELECT throws_ok($$UPDATE hallmark.member SET state = 'left' WHERE user_id = 900012$$, 'HK409', NULL, 'who does not leave either');
SELECT lives_ok($$UPDATE hallmark.member SET permissions = '{customers:read}' WHERE user_id = 900012$$, 'and may change otherwise');

-- What belongs to an operator.
SELECT throws_ok($$INSERT INTO hallmark.collection (name, singular) VALUES ('all-accounts', 'x')$$, '23514', NULL, 'no collection has an operator''s name');
SELECT throws_ok($$INSERT INTO hallmark.collection (name, singular) VALUES ('owners', 'x')$$, '23514', NULL, 'nor an owner''s');
SET LOCAL ROLE hallmark_server;
SELECT throws_ok($$UPDATE hallmark.account SET operator = true WHERE id = 900001$$, '42501', NULL, 'the server makes no operator');
SELECT throws_ok($$INSERT INTO hallmark.account (id, name, operator) VALUES (900002, 'B', true)$$, '42501', NULL, 'not even a new one');
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
