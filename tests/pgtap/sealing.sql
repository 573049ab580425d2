-- SPDX-License-Identifier: Apache-2.0
-- The log over the history: nobody alters it, the server adds to it, and how far it is only goes forward.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(46);

CREATE FUNCTION pg_temp.as_server(statement text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    SET LOCAL ROLE hallmark_server;
    EXECUTE statement;
    RESET ROLE;
END
$$;

INSERT INTO hallmark.history_log (log_id, cluster) VALUES (9, 'tap');
INSERT INTO hallmark.history_leaf (account_id, account_seq, log_id, leaf_index, history_id, at, leaf) VALUES (900001, 1, 9, 0, 1, now(), sha256('a'));
INSERT INTO hallmark.history_node (log_id, level, number, hash) VALUES (9, 1, 0, sha256('n'));
INSERT INTO hallmark.history_checkpoint (log_id, size, note) VALUES (9, 1, 'note');
INSERT INTO hallmark.witness (verifier) VALUES ('witness.example/w1+e75f6532+BAOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4');
INSERT INTO hallmark.checkpoint_cosignature (log_id, size, witness_id, signed_at, line) SELECT 9, 1, id, now(), E'— w x\n' FROM hallmark.witness;

-- Nobody alters what was sealed.
SELECT throws_ok(format('SELECT pg_temp.as_server(%L)', format(statement, name)), '42501', NULL, 'server: ' || format(statement, name))
    FROM unnest(ARRAY['history_leaf', 'history_node', 'history_checkpoint', 'checkpoint_cosignature']) AS name,
        unnest(ARRAY['UPDATE hallmark.%s SET log_id = 8', 'DELETE FROM hallmark.%s', 'TRUNCATE hallmark.%s']) AS statement ORDER BY name, statement;
SELECT throws_ok(format(statement, name), '23000', NULL, 'owner: ' || format(statement, name))
    FROM unnest(ARRAY['history_leaf', 'history_node', 'history_checkpoint', 'checkpoint_cosignature']) AS name,
        unnest(ARRAY['UPDATE hallmark.%s SET log_id = log_id', 'DELETE FROM hallmark.%s', 'TRUNCATE hallmark.%s']) AS statement ORDER BY name, statement;

-- No place twice, no gap filled twice.
SELECT throws_ok($$INSERT INTO hallmark.history_leaf VALUES (900001, 1, 9, 1, 2, now(), now(), sha256('b'))$$, '23505', NULL, 'one place in an account');
SELECT throws_ok($$INSERT INTO hallmark.history_leaf VALUES (900001, 2, 9, 0, 2, now(), now(), sha256('b'))$$, '23505', NULL, 'one place in the log');
SELECT throws_ok($$INSERT INTO hallmark.history_leaf VALUES (900001, 2, 9, 1, 1, now(), now(), sha256('b'))$$, '23505', NULL, 'one place for a change');
SELECT throws_ok($$INSERT INTO hallmark.history_leaf VALUES (900001, 0, 9, 1, 2, now(), now(), sha256('b'))$$, '23514', NULL, 'numbers begin with 1');
SELECT throws_ok($$INSERT INTO hallmark.history_leaf VALUES (900001, 2, 9, 1, 2, now(), now(), '\x00')$$, '23514', NULL, 'a leaf is a digest');
SELECT throws_ok($$INSERT INTO hallmark.history_checkpoint (log_id, size, note) VALUES (9, 1, 'another')$$, '23505', NULL, 'one statement of a size');

-- The log goes forward.
SELECT lives_ok($$SELECT pg_temp.as_server('UPDATE hallmark.history_log SET size = 3, roots = sha256(''1'') || sha256(''2''), sealed_xid = ''7'', sealed_id = 4 WHERE log_id = 9')$$,
    'server: forward');
SELECT throws_ok($$UPDATE hallmark.history_log SET size = 2, roots = sha256('1') WHERE log_id = 9$$, '23000', NULL, 'owner: not back in size');
SELECT throws_ok($$UPDATE hallmark.history_log SET sealed_xid = '6' WHERE log_id = 9$$, '23000', NULL, 'owner: not back in transactions');
SELECT throws_ok($$UPDATE hallmark.history_log SET sealed_id = 3 WHERE log_id = 9$$, '23000', NULL, 'owner: not back in changes');
SELECT throws_ok($$UPDATE hallmark.history_log SET writing_epoch = 0 WHERE log_id = 9$$, '23000', NULL, 'owner: not back in epochs');
SELECT throws_ok($$UPDATE hallmark.history_log SET size = 4 WHERE log_id = 9$$, '23514', NULL, 'as many roots as the size has bits');
SELECT throws_ok($$DELETE FROM hallmark.history_log WHERE log_id = 9$$, '23000', NULL, 'owner: it stays');
SELECT throws_ok('TRUNCATE hallmark.history_log', '23000', NULL, 'owner: it is not emptied');
SELECT throws_ok(format('SELECT pg_temp.as_server(%L)', statement), '42501', NULL, 'server: ' || statement) FROM unnest(ARRAY[
    'DELETE FROM hallmark.history_log', 'UPDATE hallmark.history_log SET cluster = ''x''', 'UPDATE hallmark.history_log SET writing_epoch = 2',
    'SELECT hallmark.history_epoch_begin()']) AS statement;

-- A restore into another cluster begins an epoch, once.
SELECT is(hallmark.history_epoch_begin(), 1, 'at home nothing begins');
ALTER TABLE hallmark.history_log DISABLE TRIGGER history_log_guard;
UPDATE hallmark.history_log SET cluster = 'elsewhere' WHERE log_id = 1;
DELETE FROM hallmark.history_log WHERE log_id = 9;
ALTER TABLE hallmark.history_log ENABLE ALWAYS TRIGGER history_log_guard;
SELECT is((hallmark.history_epoch_begin(), hallmark.history_epoch_begin())::text, '(2,2)', 'from elsewhere an epoch begins');
SELECT is(pg_get_expr(adbin, adrelid), '2', 'and changes are written with it') FROM pg_attrdef
    JOIN pg_attribute ON attrelid = adrelid AND attnum = adnum WHERE adrelid = 'hallmark.change_history'::regclass AND attname = 'epoch';
SELECT is((SELECT count(*)::int FROM pg_trigger WHERE tgrelid IN ('hallmark.history_leaf'::regclass, 'hallmark.history_node'::regclass,
    'hallmark.history_checkpoint'::regclass, 'hallmark.checkpoint_cosignature'::regclass, 'hallmark.history_log'::regclass) AND tgenabled = 'A'), 10, 'the triggers fire in replica mode too');

SELECT * FROM finish();
ROLLBACK;
