-- SPDX-License-Identifier: Apache-2.0
-- Apis and collections.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(56);

CREATE FUNCTION pg_temp.api(id bigint, name text, prefix text, token_path text, audience text) RETURNS void LANGUAGE sql AS $$
    INSERT INTO hallmark.api (id, name, prefix, token_path, audience) VALUES (id, name, prefix, token_path, audience)
$$;
SELECT lives_ok($$SELECT pg_temp.api(900001, 'tap', '/tap/v1', '/tap/token', 'https://tap.example')$$, 'an api');
SELECT lives_ok($$SELECT pg_temp.api(900002, 'tap2', '/tap2', NULL, 'urn:tap2')$$, 'without a token path of its own');
SELECT throws_ok(format('SELECT pg_temp.api(900003, %L, %L, %L, %L)', name, prefix, token_path, audience), code, NULL, why) FROM (VALUES
    ('tap', '/x', NULL, 'urn:x', '23505', 'a name is used once'), ('x', '/tap/v1', NULL, 'urn:x', '23505', 'a prefix is used once'),
    ('x', '/x', '/tap/token', 'urn:x', '23505', 'a token path is used once'), ('x', '/x', NULL, 'urn:tap2', '23505', 'an audience is used once'),
    ('', '/x', NULL, 'urn:x', '23514', 'a name is not empty'), ('X', '/x', NULL, 'urn:x', '23514', 'a name has small letters'),
    ('x', '/', NULL, 'urn:x', '23514', 'the root is no prefix'), ('x', 'x', NULL, 'urn:x', '23514', 'a prefix begins with a slash'),
    ('x', '/x/', NULL, 'urn:x', '23514', 'and does not end with one'), ('x', '/x//y', NULL, 'urn:x', '23514', 'nor has two together'),
    ('x', '/x?y', NULL, 'urn:x', '23514', 'a prefix is a path only'), ('x', '/x y', NULL, 'urn:x', '23514', 'without blanks'),
    ('x', '/%78', NULL, 'urn:x', '23514', 'or anything encoded'), ('x', '/x', '/t/', 'urn:x', '23514', 'a token path is such a path too'),
    ('x', '/x', NULL, '', '23514', 'an audience is not empty'), ('x', '/x', NULL, 'a b', '23514', 'an audience has no blanks'),
    ('x', '/x', NULL, repeat('x', 401), '23514', 'an audience has at most 400 bytes')) AS bad (name, prefix, token_path, audience, code, why);
SELECT lives_ok(format('SELECT pg_temp.api(900003, ''tap3'', ''/tap3'', NULL, %L)', repeat('x', 400)), 'a long audience');
SELECT throws_ok(format('UPDATE hallmark.api SET %s WHERE id = 900001', change), '23514', NULL, 'api: ' || change)
    FROM unnest(ARRAY['algorithm = ''HS256''', 'algorithm = ''none''', 'token_seconds = 0', 'token_seconds = 86401', 'credential = ''''',
        'backing = ''cloud''', 'backing = ''upstream''', 'upstream = ''https://x.example''', 'state = ''deleted''']) AS change;
SELECT lives_ok('UPDATE hallmark.api SET backing = ''upstream'', upstream = ''https://x.example'' WHERE id = 900001', 'an api that is passed on');
SELECT is((SELECT version FROM hallmark.api WHERE id = 900001), 2::bigint, 'it counts its versions');

INSERT INTO hallmark.collection (name, singular, required) VALUES ('tap-things', 'thing', '{"Name": "string", "Extra": "any"}');
SELECT throws_ok($$INSERT INTO hallmark.collection (name, singular) VALUES ('tap-things', 'x')$$, '23505', NULL, 'a collection has one name everywhere');
SELECT throws_ok(format('INSERT INTO hallmark.collection (name, singular, required) VALUES (%L, ''x'', %L)', name, required), '23514', NULL, why)
    FROM (VALUES ('X', '{}', 'it is in small letters'), ('a:b', '{}', 'it has no colon, since scopes do'), ('a b', '{}', 'nor a blank'),
    ('', '{}', 'it is not empty'), (repeat('x', 49), '{}', 'and short enough for a scope'), ('tap-x', '[]', 'required members are an object'),
    ('tap-x', '{"a": "text"}', 'of the type words that are known'), ('tap-x', '{"a": 5}', 'and of words only')) AS bad (name, required, why);
SELECT throws_ok($$INSERT INTO hallmark.collection (id, name, singular) VALUES (5, 'tap-x', 'x')$$, '428C9', NULL, 'its number is the database''s');
SELECT throws_ok($$DELETE FROM hallmark.collection WHERE name = 'tap-things'$$, '23514', NULL, 'it is not deleted');
SELECT throws_ok($$UPDATE hallmark.collection SET name = 'tap-other' WHERE name = 'tap-things'$$, '23514', NULL, 'nor renamed');
SELECT lives_ok($$UPDATE hallmark.collection SET state = 'disabled' WHERE name = 'tap-things'$$, 'but switched off');
SELECT is((SELECT version FROM hallmark.collection WHERE name = 'tap-things'), 2::bigint, 'it counts its versions');

CREATE FUNCTION pg_temp.offer(api bigint, path text, versions text[], methods text[]) RETURNS void LANGUAGE sql AS $$
    INSERT INTO hallmark.api_collection (api_id, collection_id, path, versions, methods)
    SELECT api, id, path, versions, methods FROM hallmark.collection WHERE name = 'tap-things'
$$;
SELECT lives_ok($$SELECT pg_temp.offer(900001, 'things', '{v1.1,v1.2}', '{DELETE,GET}')$$, 'an api offers a collection');
SELECT throws_ok(format('SELECT pg_temp.offer(900002, %L, %L, %L)', path, versions, methods), '23514', NULL, why) FROM (VALUES
    ('a/b', '{}', '{GET}', 'at one segment'), ('', '{}', '{GET}', 'that is not empty'), ('..', '{}', '{GET}', 'and goes nowhere'),
    ('x', '{v2,v1}', '{GET}', 'its versions are sorted'), ('x', '{"v 1"}', '{GET}', 'and have no blanks'),
    ('x', '{}', '{}', 'it has a method'), ('x', '{}', '{PATCH}', 'of those that there are'), ('x', '{}', '{GET,DELETE}', 'and sorted')
    ) AS bad (path, versions, methods, why);
SELECT throws_ok($$SELECT pg_temp.offer(900001, 'other', '{}', '{GET}')$$, '23505', NULL, 'once');
INSERT INTO hallmark.collection (name, singular) VALUES ('tap-second', 'second');
SELECT throws_ok($$INSERT INTO hallmark.api_collection (api_id, collection_id, path) SELECT 900001, id, 'things' FROM hallmark.collection
    WHERE name = 'tap-second'$$, '23505', NULL, 'and a path is for one collection');

SELECT * FROM finish();
ROLLBACK;
