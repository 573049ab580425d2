-- SPDX-License-Identifier: Apache-2.0
-- Records, what is kept of writes with a key, revocations, nodes and failures.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(22);

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

SELECT * FROM finish();
ROLLBACK;
