-- SPDX-License-Identifier: Apache-2.0
-- Records, what is kept of writes with a key, revocations, nodes and failures.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(31);

CREATE FUNCTION pg_temp.record(id bigint, document jsonb, external_references jsonb DEFAULT '{}') RETURNS void LANGUAGE sql AS $$
    INSERT INTO hallmark.record (account_id, collection_id, id, version, history_id, created_at, changed_at, document, external_references)
    VALUES (900001, 1, id, 1, 1, now(), now(), document, external_references)
$$;
SELECT lives_ok($$SELECT pg_temp.record(1, '{"Id": 1}')$$, 'a record');
SELECT throws_ok($$SELECT pg_temp.record(1, '{"Id": 1}')$$, '23505', NULL, 'its number is used once in account and collection');
SELECT throws_ok($$UPDATE hallmark.record SET document = NULL WHERE account_id = 900001$$, '23502', NULL, 'a document is never nothing');
SELECT col_is_pk('hallmark', 'record', ARRAY['account_id', 'collection_id', 'id'], 'the account stands first in the key of records');
SELECT is_empty(
    $$SELECT conname FROM pg_constraint WHERE contype = 'f' AND conrelid IN ('hallmark.record'::regclass, 'hallmark.change_history'::regclass,
        'hallmark.history_value'::regclass, 'hallmark.idempotency'::regclass)$$,
    'a write checks no other table: it would lock a row that all writers of the account share');

CREATE FUNCTION pg_temp.keep(client text, key_digest bytea, request_digest bytea) RETURNS void LANGUAGE sql AS $$
    INSERT INTO hallmark.idempotency (account_id, client_id, key_digest, request_digest, record_id, version, history_id, at)
    VALUES (900001, client, key_digest, request_digest, 1, 1, 1, now())
$$;
SELECT lives_ok($$SELECT pg_temp.keep('a', sha256('k'), sha256('r')), pg_temp.keep('b', sha256('k'), sha256('r'))$$, 'each client has its own keys');
SELECT throws_ok($$SELECT pg_temp.keep('a', sha256('k'), sha256('other'))$$, '23505', NULL, 'a key is used once');
SELECT throws_ok($$SELECT pg_temp.keep('a', 'k', sha256('r'))$$, '23514', NULL, 'of a key only the digest is kept');
SELECT throws_ok($$SELECT pg_temp.keep('a', sha256('k2'), 'r')$$, '23514', NULL, 'of a request too');
SELECT col_is_pk('hallmark', 'idempotency', ARRAY['account_id', 'client_id', 'key_digest'], 'and the account stands first');

SELECT throws_ok(format('INSERT INTO hallmark.revocation (kind, subject, account_id, until) VALUES (%L, %L, 0, now())', kind, subject), '23514', NULL,
    why) FROM (VALUES ('token', 'x', 'what can be revoked is known'), ('jti', '', 'something is revoked'),
    ('jti', repeat('x', 201), 'with an id that is short enough')) AS bad (kind, subject, why);
SELECT lives_ok($$INSERT INTO hallmark.revocation (kind, subject, account_id, until) VALUES ('jti', 'tap', 0, now()), ('jti', 'tap', 1, now()),
    ('grant', 'tap', 0, now())$$, 'the same subject of another kind or account');
SELECT throws_ok($$INSERT INTO hallmark.revocation (kind, subject, account_id, until) VALUES ('jti', 'tap', 0, now())$$, '23505', NULL, 'revoked is revoked');
SELECT throws_ok($$INSERT INTO hallmark.revocation (kind, subject, account_id, until) VALUES ('jti', 'tap2', 0, NULL)$$, '23502', NULL,
    'a revocation ends some day');

SELECT throws_ok($$INSERT INTO hallmark.auth_failure (cell, failures, last_at) VALUES ('\x00', 1, now())$$, '23514', NULL, 'a cell has 16 bytes');
SELECT throws_ok($$INSERT INTO hallmark.auth_failure (cell, failures, last_at) VALUES (decode(repeat('00', 16), 'hex'), 0, now())$$, '23514', NULL,
    'no failure is no row');
SELECT throws_ok($$INSERT INTO hallmark.node (id, applied) VALUES ('', 1)$$, '23514', NULL, 'a node has a name');
SELECT throws_ok($$INSERT INTO hallmark.node (id) VALUES ('x')$$, '23502', NULL, 'and says how far it has come');

-- What comes behind the last row of a page.
SELECT is(hallmark.record_after('{"A": 2}', 5, '["A"]', '[false]', '[1]', 9), true, 'a greater value comes after');
SELECT is(hallmark.record_after('{"A": 2}', 5, '["A"]', '[true]', '[1]', 9), false, 'but not when it goes down');

-- References are kept beside the record by the database itself, and unique where a rule says so.
INSERT INTO hallmark.account (id, name) VALUES (900031, 'References');
INSERT INTO hallmark.collection (name, singular) VALUES ('tap-references', 'x');
CREATE FUNCTION pg_temp.refer(record bigint, given jsonb) RETURNS void LANGUAGE sql AS $$
    INSERT INTO hallmark.record (account_id, collection_id, id, version, history_id, created_at, changed_at, document, external_references)
    SELECT 900031, id, record, 1, 1, now(), now(), '{}', given FROM hallmark.collection WHERE name = 'tap-references'
$$;
SELECT pg_temp.refer(1, '{"shop": "A"}');
SELECT pg_temp.refer(2, '{"shop": "A", "erp": "1"}');
SELECT pg_temp.refer(3, '{}');
SELECT is((SELECT count(*)::int FROM hallmark.external_reference WHERE account_id = 900031), 3, 'each reference is a row');
CREATE FUNCTION pg_temp.refer_anew(record bigint, given jsonb) RETURNS boolean LANGUAGE sql AS $$
    SELECT hallmark.record_refer_anew(900031, id, record, given) FROM hallmark.collection WHERE name = 'tap-references'
$$;
SELECT pg_temp.refer_anew(2, '{"erp": "1"}');
SELECT is((SELECT string_agg(system, ',') FROM hallmark.external_reference WHERE account_id = 900031 AND record_id = 2), 'erp', 'a change follows');
SELECT lives_ok($$INSERT INTO hallmark.reference_rule (account_id, collection_id, system)
    SELECT 900031, id, 'shop' FROM hallmark.collection WHERE name = 'tap-references'$$, 'a rule that holds');
SELECT throws_ok($$SELECT pg_temp.refer_anew(2, '{"shop": "A"}')$$, '23505', NULL,
    'a second record of the name');
SELECT lives_ok($$SELECT pg_temp.refer_anew(1, '{"shop": "A", "x": "y"}')$$, 'its own name');
DELETE FROM hallmark.record WHERE account_id = 900031 AND id = 1;
SELECT lives_ok($$SELECT pg_temp.refer(4, '{"shop": "A"}')$$, 'what was deleted is free');
DELETE FROM hallmark.reference_rule WHERE account_id = 900031;
SELECT lives_ok($$SELECT pg_temp.refer(5, '{"shop": "A"}')$$, 'without the rule it may be repeated');
SELECT throws_ok($$INSERT INTO hallmark.reference_rule (account_id, collection_id, system)
    SELECT 900031, id, 'shop' FROM hallmark.collection WHERE name = 'tap-references'$$, '23505', NULL, 'a rule that is broken already');
SET LOCAL ROLE hallmark_server;
SELECT throws_ok('DELETE FROM hallmark.external_reference', '42501', NULL, 'server: does not write the references itself');
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
