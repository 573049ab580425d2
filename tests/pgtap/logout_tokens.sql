-- SPDX-License-Identifier: Apache-2.0
-- Logout tokens: whoever ends a login leaves one for each client that got an ID token in it, in the same transaction.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(22);

INSERT INTO hallmark.account (id, name) VALUES (900001, 'Books Ltd'), (900002, 'Other Ltd');
INSERT INTO hallmark."user" (id, email, name, password_hash) VALUES (900001, 'one@tap.example', 'One', 'h'), (900002, 'two@tap.example', 'Two', 'h');
INSERT INTO hallmark.member (account_id, user_id) VALUES (900001, 900001), (900002, 900001), (900001, 900002);
INSERT INTO hallmark.application (id, account_id, name, backchannel_logout_uri, state) VALUES
    (900001, 0, 'Told', 'https://told.example/', 'active'), (900002, 0, 'Mute', NULL, 'active'), (900003, 0, 'Off', 'https://off.example/', 'disabled');
INSERT INTO hallmark.client (account_id, client_id, application_id, kind, name) VALUES
    (0, 'hmk_told', 900001, 'application', 'One of it'), (0, 'hmk_told_too', 900001, 'application', 'Another of it'),
    (0, 'hmk_mute', 900002, 'application', 'Mute'), (0, 'hmk_off', 900003, 'application', 'Off');
INSERT INTO hallmark."grant" (account_id, id, user_id, application_id, scopes)
    SELECT member.account_id, member.user_id * 10 + application.id - 900000, member.user_id, application.id, '{openid}'
    FROM hallmark.member, hallmark.application WHERE member.user_id IN (900001, 900002) AND application.id BETWEEN 900001 AND 900003;
CREATE SEQUENCE pg_temp.number START 900001;

CREATE FUNCTION pg_temp.log_in(person bigint DEFAULT 900001) RETURNS bigint LANGUAGE sql AS $$
    INSERT INTO hallmark.session (user_id, digest, methods, address, program)
    VALUES (person, sha256(nextval('pg_temp.number')::text::bytea), '{pwd}', '', '') RETURNING id
$$;
CREATE FUNCTION pg_temp.give(login bigint, whom text, wanted text[] DEFAULT '{openid}', was text DEFAULT 'active', account bigint DEFAULT 900001)
    RETURNS void LANGUAGE sql AS $$
    INSERT INTO hallmark.family (account_id, id, grant_id, user_id, client_account_id, client_id, scopes, resource, auth_time, session_id, rotates, state, ends_at)
    SELECT account, nextval('pg_temp.number'), session.user_id * 10 + application_id - 900000, session.user_id, 0, whom, wanted, '', now(), login, false, was, now()
    FROM hallmark.session, hallmark.client WHERE session.id = login AND client_id = whom
$$;
-- Who is told when this is done to the login of the first person, by the server's own role.
CREATE FUNCTION pg_temp.told(what text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM hallmark.logout_token;
    SET LOCAL ROLE hallmark_server;
    EXECUTE what;
    RESET ROLE;
    RETURN (SELECT string_agg(client_id, ' ' ORDER BY client_id) FROM hallmark.logout_token WHERE user_id = 900001);
END
$$;
CREATE FUNCTION pg_temp.told_of(login bigint) RETURNS text LANGUAGE sql AS $$
    SELECT pg_temp.told(format('DELETE FROM hallmark.session WHERE user_id = 900001 AND id = %s', login))
$$;
CREATE FUNCTION pg_temp.login_with(whom text, wanted text[] DEFAULT '{openid}', was text DEFAULT 'active') RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    login constant bigint := pg_temp.log_in();
BEGIN
    PERFORM pg_temp.give(login, whom, wanted, was);
    RETURN login;
END
$$;

SELECT is(pg_temp.told_of(pg_temp.log_in()), NULL, 'a login that no application knows is told to none');
SELECT is(pg_temp.told_of(pg_temp.login_with(client, scopes, state)), told, why) FROM (VALUES
    ('hmk_told', '{openid}'::text[], 'active', 'hmk_told', 'a client with an ID token is told'),
    ('hmk_told', '{customers:read}', 'active', NULL, 'one without is not'),
    ('hmk_told', '{customers:read,offline_access,openid}', 'active', 'hmk_told', 'one whose tokens live on is'),
    ('hmk_told', '{openid}', 'revoked', 'hmk_told', 'and one that gave them back'),
    ('hmk_mute', '{openid}', 'active', NULL, 'one without an address is not'),
    ('hmk_off', '{openid}', 'active', NULL, 'nor one that is disabled')) AS had (client, scopes, state, told, why);

CREATE TEMP TABLE kept AS SELECT pg_temp.log_in() AS one, pg_temp.log_in() AS other, pg_temp.log_in(900002) AS of_another;
SELECT pg_temp.give(one, 'hmk_told'), pg_temp.give(one, 'hmk_told'), pg_temp.give(one, 'hmk_told', account => 900002), pg_temp.give(one, 'hmk_told_too'),
    pg_temp.give(other, 'hmk_told'), pg_temp.give(of_another, 'hmk_told') FROM kept;
SELECT is(pg_temp.told_of(one), 'hmk_told hmk_told_too', 'each client once, however often it was given tokens') FROM kept;
SELECT results_eq('SELECT session_id FROM hallmark.logout_token', 'SELECT one FROM kept, generate_series(1, 2)', 'of this login alone');
SELECT is(count(DISTINCT jti), 2::bigint, 'each with a number of its own') FROM hallmark.logout_token;
SELECT ok(bool_and(lease IS NULL AND attempts = 0 AND due_at = now()), 'to be sent at once') FROM hallmark.logout_token;
SELECT is(pg_temp.told_of(one), NULL, 'what has ended ends no second time') FROM kept;

UPDATE hallmark.session SET seen_at = now() - interval '61 minutes' FROM kept WHERE id = other;
SELECT is(pg_temp.told_of(other), NULL, 'a login that ran out by itself is told to nobody') FROM kept;

SELECT pg_temp.login_with('hmk_told'), pg_temp.login_with('hmk_told_too') FROM generate_series(1, 2);
SELECT is(pg_temp.told($$UPDATE hallmark."user" SET generation = generation + 1 WHERE id = 900001$$), 'hmk_told hmk_told hmk_told_too hmk_told_too',
    'logging out everywhere ends every login');
SELECT is((SELECT count(*) FROM hallmark.logout_token WHERE user_id = 900002), 0::bigint, 'of this person alone');
SELECT pg_temp.login_with('hmk_told');
SELECT is(pg_temp.told($$UPDATE hallmark."user" SET name = 'Uno' WHERE id = 900001$$), NULL, 'a name ends nothing');
SELECT is(pg_temp.told($$UPDATE hallmark."user" SET password_hash = 'another' WHERE id = 900001$$), 'hmk_told', 'another password');
SELECT pg_temp.login_with('hmk_told');
SELECT is(pg_temp.told($$UPDATE hallmark."user" SET state = 'disabled' WHERE id = 900001$$), 'hmk_told', 'a person who is disabled');
UPDATE hallmark."user" SET state = 'active' WHERE id = 900001;
SELECT pg_temp.login_with('hmk_told');
DELETE FROM hallmark.logout_token;
SELECT lives_ok('SELECT hallmark.person_erase(900001)', 'a person is erased');
SELECT results_eq('SELECT client_id, user_id FROM hallmark.logout_token', $$VALUES ('hmk_told' COLLATE "C", 900001::bigint)$$, 'who is told so, by the subject alone');

SELECT is((SELECT count(*) FROM hallmark.session WHERE user_id = 900002), 1::bigint, 'others are left alone');
UPDATE hallmark.application SET backchannel_logout_uri = 'https://else.example/' WHERE id = 900002;
SELECT pg_temp.give(of_another, 'hmk_mute') FROM kept;
DELETE FROM hallmark.session WHERE user_id = 900002;
SELECT is((SELECT string_agg(client_id, ' ' ORDER BY client_id) FROM hallmark.logout_token WHERE user_id = 900002), 'hmk_mute hmk_told',
    'the address counts that is there when the login ends');

SELECT * FROM finish();
ROLLBACK;
