-- SPDX-License-Identifier: Apache-2.0
-- The small functions: names, scopes, times.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(50);

SELECT ok(hallmark.name_ok(given) = good, format('name_ok(%s) is %s', to_json(left(given, 20)), good)) FROM (VALUES
    ('', false), ('   ', false), (E'a\nb', false), (E'a\tb', false), (E'a\u007fb', false), (repeat('x', 401), false),
    (repeat('ü', 201), false), (E'a\u0085b', false), (E'a\u009b31mb', false), (E'a\u2028b', false), (E'a\u202eb', false),
    (E'\u05e9\u200f!', true), ('x', true), ('Müller & Söhne', true), (repeat('x', 400), true), (' spaced ', true)) AS name (given, good);
SELECT ok(hallmark.description_ok(given) = good, format('description_ok(%s) is %s', to_json(left(given, 20)), good)) FROM (VALUES
    (repeat('x', 4001), false), (E'a\u0001b', false), (E'a\rb', false), (E'a\u009bb', false), (E'a\u2066b', false), ('', true), (E'two\nlines\tand a tab', true)) AS description (given, good);

SELECT ok(hallmark.scopes_ok(given) = good, format('scopes_ok(%L) is %s', left(given::text, 40), good)) FROM (VALUES
    ('{b,a}'::text[], false), ('{a,a}', false), ('{a,NULL}', false), ('{""}', false), ('{"a b"}', false), ('{"a\"b"}', false),
    ('{"a\\\\b"}', false), ('{ä}', false), (ARRAY[repeat('x', 65)], false), (ARRAY(SELECT to_char(n, 'FM000') FROM generate_series(1, 129) AS n), false),
    ('{a,B}', false), ('{B,a}', true), ('{}', true), ('{customers:read,customers:write,openid}', true), (ARRAY[repeat('x', 64)], true),
    (ARRAY(SELECT to_char(n, 'FM000') FROM generate_series(1, 128) AS n), true)) AS scopes (given, good);

SELECT is(hallmark.scopes_sorted('{b,B,a,b}'), '{B,a,b}'::text[], 'scopes_sorted makes the canonical form');
SELECT is(hallmark.scopes_sorted(NULL), NULL, 'scopes_sorted makes nothing of nothing');
SELECT is(hallmark.scopes_text('{a,b}'), 'a b', 'scopes_text has one space between');

SELECT is(hallmark.microseconds('1970-01-01 00:00:00.000001+00'), 1::bigint, 'microseconds since 1970');
SELECT is(hallmark.microseconds('2026-11-21 22:00:00.123456+00'), 1795298400123456, 'to the microsecond');
SELECT is(hallmark.moment(1795298400123456), '2026-11-21 22:00:00.123456+00'::timestamptz, 'and back');
SELECT is(hallmark.microseconds('1969-12-31 23:59:59.999999+00'), -1::bigint, 'also before 1970');
SELECT is(hallmark.microseconds('infinity'), 9223372036854775807, 'for ever is the greatest number');
SELECT is(hallmark.microseconds('294276-12-31 23:59:59+00'), 9223372036854775807, 'and so is what comes after it');
SELECT is(hallmark.microseconds('-infinity'), -9223372036854775808, 'since ever is the least');
SELECT is(hallmark.microseconds(NULL), NULL::bigint, 'no moment has no number');

SELECT * FROM finish();
ROLLBACK;
