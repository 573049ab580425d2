-- SPDX-License-Identifier: Apache-2.0
-- Nobody alters the history: not the server, not the owner, not on a partition, not in replica mode.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;

CREATE FUNCTION pg_temp.as_server(statement text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    SET LOCAL ROLE hallmark_server;
    EXECUTE statement;
    RESET ROLE;
END
$$;

CREATE FUNCTION pg_temp.change(at timestamptz) RETURNS bigint LANGUAGE sql AS $$
    INSERT INTO hallmark.change_history (account_id, at, application_id, application_name, client_id, method, collection_id, collection,
        record_id, external_references, version, request_id, before_digest, after_digest, frozen, frozen_digest)
    VALUES (900001, at, 2, 'Robot', 'hmk_x', 'PUT', 3, 'customers', 4, '{}', 5, '01890000-0000-7000-8000-000000000000', sha256('a'), sha256('b'),
        '\x01', sha256('\x01'))
    RETURNING id
$$;

-- Every table of the history, with a row in each partition, the default ones too. In `told` what is the parent, in `name` the table itself.
CREATE TEMP TABLE relation AS
    SELECT parent::regclass AS told, parent::regclass AS name FROM unnest(ARRAY['hallmark.change_history', 'hallmark.history_value']) AS parent
    UNION ALL
    SELECT inhparent::regclass, inhrelid::regclass FROM pg_inherits
    WHERE inhparent IN ('hallmark.change_history'::regclass, 'hallmark.history_value'::regclass);
CREATE TEMP TABLE moment AS
    SELECT date_trunc('month', now()) + ahead * interval '1 month' + interval '3 days' AS at FROM generate_series(0, 3) AS ahead
    UNION ALL SELECT '2001-01-01 00:00+00';
SELECT pg_temp.change(at) FROM moment;
INSERT INTO hallmark.history_value (account_id, history_id, at, before, before_salt, person, person_salt)
    SELECT 900001, 1, at, 'x', decode(repeat('00', 16), 'hex'), 'p', decode(repeat('01', 16), 'hex') FROM moment;

SELECT plan(29 + (SELECT count(*) * 8 FROM relation)::int);

SELECT is((SELECT count(*)::int FROM relation WHERE name = told), 2, 'there are two tables');
SELECT cmp_ok((SELECT count(*)::int FROM relation), '>=', 12, 'with this month, three ahead and a default one each');

-- The server, table by table.
SELECT throws_ok(format('SELECT pg_temp.as_server(%L)', format(statement, name)), '42501', NULL, 'server: ' || format(statement, name))
    FROM relation, unnest(ARRAY['UPDATE %s SET at = at', 'DELETE FROM %s', 'TRUNCATE %s', 'ALTER TABLE %s DISABLE TRIGGER ALL']) AS statement
    ORDER BY name::text, statement;
SELECT throws_ok(format('SELECT pg_temp.as_server(%L)', format('INSERT INTO %s SELECT * FROM %s LIMIT 1', name, name)), '42501', NULL,
    'server: a partition is not written but through its parent: ' || name)
    FROM relation WHERE name <> told ORDER BY name::text;
SELECT throws_ok(format('SELECT pg_temp.as_server(%L)', format('DROP TABLE %s', name)), '42501', NULL, 'server: DROP TABLE ' || name)
    FROM relation WHERE name = told ORDER BY name::text;

-- The owner, table by table.
SELECT throws_ok(format('UPDATE %s SET at = at + interval ''1 microsecond''', name), '23000', NULL, 'owner: UPDATE ' || name)
    FROM relation ORDER BY name::text;
SELECT throws_ok(format('DELETE FROM %s', name), '23000', NULL, 'owner: DELETE FROM ' || name) FROM relation ORDER BY name::text;
SELECT throws_ok(format('TRUNCATE %s', name), '23000', NULL, 'owner: TRUNCATE ' || name) FROM relation ORDER BY name::text;

-- Detours of the owner.
SELECT throws_ok('UPDATE hallmark.change_history SET application_name = ''another''', '23000', NULL, 'owner: another name');
SELECT throws_ok('UPDATE hallmark.change_history SET frozen = frozen', '23000', NULL, 'owner: an UPDATE that changes nothing');
SELECT throws_ok('UPDATE hallmark.change_history SET at = ''2001-01-02''', '23000', NULL, 'owner: rows do not move between months');
SELECT throws_ok($$INSERT INTO hallmark.change_history SELECT * FROM hallmark.change_history
    ON CONFLICT (account_id, id, at) DO UPDATE SET version = 9$$, '23000', NULL, 'owner: INSERT ON CONFLICT DO UPDATE');
SELECT throws_ok($$MERGE INTO hallmark.change_history AS old USING (SELECT 900001) AS new (id) ON old.account_id = new.id
    WHEN MATCHED THEN UPDATE SET version = 9$$, '23000', NULL, 'owner: MERGE');
SELECT throws_ok('TRUNCATE hallmark.change_history CASCADE', '23000', NULL, 'owner: TRUNCATE CASCADE');
SET LOCAL session_replication_role = replica;
SELECT throws_ok('UPDATE hallmark.change_history SET version = 9', '23000', NULL, 'replica mode: UPDATE');
SELECT throws_ok('DELETE FROM hallmark.change_history', '23000', NULL, 'replica mode: DELETE');
SELECT throws_ok('TRUNCATE hallmark.change_history', '23000', NULL, 'replica mode: TRUNCATE');
SELECT throws_ok('UPDATE hallmark.history_value SET before = ''y''', '23000', NULL, 'replica mode: UPDATE of a value');
SELECT throws_ok('DELETE FROM hallmark.history_value', '23000', NULL, 'replica mode: DELETE of a value');
SET LOCAL session_replication_role = origin;
SELECT is_empty(
    $$SELECT tgrelid::regclass, tgname FROM pg_trigger WHERE tgrelid IN (SELECT name FROM relation) AND tgenabled <> 'A'$$,
    'every trigger fires always');

-- What the database says itself.
SELECT throws_ok(format('SELECT pg_temp.as_server(%L)', format('INSERT INTO hallmark.change_history (%s) VALUES (DEFAULT)', name)), '42501', NULL,
    'server: ' || name || ' is not for it to say') FROM unnest(ARRAY['log_id', 'epoch', 'xid']) AS name;
SELECT results_eq($$SELECT DISTINCT xid, log_id::int, epoch FROM hallmark.change_history WHERE account_id = 900001$$,
    $$SELECT pg_current_xact_id(), 1, 1$$, 'a change carries its transaction');

-- What is frozen. Each field is in it, and no value is another than an empty one.
CREATE FUNCTION pg_temp.frozen(changed text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    given jsonb := '{"a": 1, "b": 2, "c": "2026-11-21 22:00:00.123456+00", "d": 4, "e": "e", "f": "f", "g": "g", "h": 8, "i": 9, "j": "j", "k": "k",
        "l": 12, "m": "m", "n": 14, "o": "o", "p": 16, "q": "01890000-0000-7000-8000-000000000000", "r": "00", "s": "00", "t": "00", "u": "00"}';
    v jsonb := given || coalesce(changed, '{}')::jsonb;
BEGIN
    RETURN encode(hallmark.history_frozen((v ->> 'a')::bigint, (v ->> 'b')::bigint, (v ->> 'c')::timestamptz, (v ->> 'd')::bigint, v ->> 'e',
        v ->> 'f', v ->> 'g', (v ->> 'h')::bigint, (v ->> 'i')::bigint, v ->> 'j', v ->> 'k', (v ->> 'l')::int, v ->> 'm', (v ->> 'n')::bigint,
        v ->> 'o', (v ->> 'p')::bigint, (v ->> 'q')::uuid, decode(v ->> 'r', 'hex'), decode(v ->> 's', 'hex'), decode(v ->> 't', 'hex'),
        decode(v ->> 'u', 'hex')), 'hex');
END
$$;
SELECT is(count(DISTINCT pg_temp.frozen(changed)), 1 + count(changed), 'each field is frozen') FROM (
    SELECT NULL AS changed UNION ALL SELECT changed FROM (VALUES ('{"a": 2}'), ('{"b": 3}'), ('{"c": "2026-11-21 22:00:00.123457+00"}'), ('{"d": 5}'),
        ('{"e": "x"}'), ('{"f": "x"}'), ('{"g": "x"}'), ('{"g": null}'), ('{"g": ""}'), ('{"h": 9}'), ('{"h": null}'), ('{"i": 10}'), ('{"i": null}'),
        ('{"j": "x"}'), ('{"j": null}'), ('{"k": "x"}'), ('{"l": 13}'), ('{"m": "x"}'), ('{"n": 15}'), ('{"o": "x"}'), ('{"p": 17}'),
        ('{"q": "01890000-0000-7000-8000-000000000001"}'), ('{"r": "01"}'), ('{"r": null}'), ('{"r": ""}'), ('{"s": "01"}'), ('{"s": null}'),
        ('{"t": "01"}'), ('{"t": null}'), ('{"u": "01"}'), ('{"u": null}'), ('{"e": "ef", "f": ""}'), ('{"e": "", "f": "ef"}')) AS change (changed)
    ) AS all_of_them;
SELECT is(pg_temp.frozen(NULL) LIKE '00000016' || '0000001100000012' || encode('hallmark.change.v1', 'hex')
    || '0000001400000008' || '0000000000000001' || '%', true, 'it begins with the number of fields, its name and the account');
SELECT is(pg_temp.frozen('{"e": "Rübe"}') LIKE '%0000001100000005' || encode(convert_to('Rübe', 'UTF8'), 'hex') || '%', true, 'texts are in UTF-8');

-- Values are erased with their salts, or left.
SELECT throws_ok(format('UPDATE hallmark.history_value SET %s', change), '23000', NULL, 'owner: SET ' || change)
    FROM unnest(ARRAY['before = ''y''', 'before = NULL', 'before_salt = NULL', 'person_salt = before_salt', 'history_id = 9']) AS change;
SELECT throws_ok('UPDATE hallmark.history_value SET person = NULL, person_salt = NULL', '23000', NULL, 'owner: erases nothing that is not told');
INSERT INTO hallmark.erasure (account_id, kind, user_id, changes, erased) VALUES (900001, 'person', 1, 1, 1);
SELECT lives_ok('UPDATE hallmark.history_value SET person = NULL, person_salt = NULL WHERE account_id = 900001', 'a value goes with its salt');
SELECT throws_ok($$UPDATE hallmark.history_value SET person = 'q', person_salt = decode(repeat('01', 16), 'hex') WHERE account_id = 900001$$, '23000',
    NULL, 'and does not come back');

SELECT * FROM finish();
ROLLBACK;
