-- SPDX-License-Identifier: Apache-2.0
-- Signing keys: one signs and one waits, they go forward only, and none is forgotten while a token of it may live.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(24);
SET LOCAL session_replication_role = replica; -- the keys that are there make room, whatever their state is
DELETE FROM hallmark.signing_key;
SET LOCAL session_replication_role = origin;

CREATE FUNCTION pg_temp.add(kid text, state text, algorithm text DEFAULT 'ES256') RETURNS void LANGUAGE sql AS $$
    INSERT INTO hallmark.signing_key (kid, algorithm, state, public_der, sealed, active_at, retiring_at, forget_at)
    VALUES (kid, algorithm, state, '\x01', '\x01', CASE WHEN state IN ('active', 'retiring') THEN now() END,
        CASE WHEN state = 'retiring' THEN now() END, CASE WHEN state IN ('retiring', 'withdrawn') THEN now() + interval '1 hour' END)
$$;
SELECT lives_ok($$SELECT pg_temp.add('a', 'active'), pg_temp.add('n', 'next')$$, 'one that signs and one that waits');
SELECT throws_ok($$SELECT pg_temp.add('a2', 'active')$$, '23505', NULL, 'a second one does not sign');
SELECT throws_ok($$SELECT pg_temp.add('n2', 'next')$$, '23505', NULL, 'a second one does not wait');
SELECT lives_ok($$SELECT pg_temp.add('r', 'active', 'RS256'), pg_temp.add('e', 'active', 'EdDSA')$$, 'but for another algorithm');
SELECT lives_ok($$SELECT pg_temp.add('o1', 'retiring'), pg_temp.add('o2', 'retiring')$$, 'any number retires');
SELECT throws_ok($$SELECT pg_temp.add('a', 'retiring')$$, '23505', NULL, 'a kid is used once');
SELECT throws_ok(format('SELECT pg_temp.add(%L, ''retiring'', %L)', kid, algorithm), '23514', NULL, why) FROM (VALUES
    ('x', 'HS256', 'no shared secrets'), ('x', 'none', 'no unsigned tokens'), ('', 'ES256', 'a kid is not empty'),
    ('../x', 'ES256', 'a kid is no path'), (repeat('x', 65), 'ES256', 'a kid has at most 64 characters')) AS bad (kid, algorithm, why);

SELECT throws_ok(format('UPDATE hallmark.signing_key SET %s WHERE kid = ''o1''', change), '23514', NULL, 'retiring: ' || change)
    FROM unnest(ARRAY['state = ''active''', 'state = ''next''', 'active_at = NULL', 'retiring_at = NULL', 'forget_at = NULL', 'sealed = ''''']) AS change;
SELECT throws_ok('UPDATE hallmark.signing_key SET state = ''active'', active_at = NULL WHERE kid = ''n''', '23514', NULL,
    'a key that signs says since when');
UPDATE hallmark.signing_key SET state = 'withdrawn', forget_at = now() + interval '1 day' WHERE kid = 'a';
SELECT throws_ok(format('UPDATE hallmark.signing_key SET state = %L WHERE kid = ''a''', state), '23514', NULL, 'withdrawn is never ' || state)
    FROM unnest(ARRAY['next', 'active', 'retiring']) AS state;
SELECT throws_ok('DELETE FROM hallmark.signing_key WHERE kid = ''o1''', '23514', NULL, 'tokens of it may still live');
SELECT throws_ok('DELETE FROM hallmark.signing_key WHERE kid = ''n''', '23514', NULL, 'a waiting one has no end yet');
UPDATE hallmark.signing_key SET forget_at = now() WHERE kid = 'o1';
SELECT lives_ok('DELETE FROM hallmark.signing_key WHERE kid = ''o1''', 'when the last one has expired it is forgotten');

SELECT * FROM finish();
ROLLBACK;
