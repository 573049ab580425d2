-- SPDX-License-Identifier: Apache-2.0
-- Whatever decides about a request tells the feed when it changes; no statement can forget it, and nobody but the database writes the feed.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(47);

CREATE FUNCTION pg_temp.as_server(statement text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    SET LOCAL ROLE hallmark_server;
    EXECUTE statement;
    RESET ROLE;
END
$$;
-- What one statement of the server tells, as "kind account subject", in order.
CREATE FUNCTION pg_temp.tells(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    before bigint := (SELECT coalesce(max(id), 0) FROM hallmark.policy_change);
BEGIN
    PERFORM pg_temp.as_server(statement);
    RETURN (SELECT string_agg(concat_ws(' ', kind, account_id, subject), ', ' ORDER BY id) FROM hallmark.policy_change WHERE id > before);
END
$$;

SELECT is(pg_temp.tells(statement), told, regexp_replace(statement, '\s+', ' ', 'g')) FROM (VALUES
    (1, $$INSERT INTO hallmark.account (id, name) VALUES (900001, 'A')$$, 'account 900001 900001'),
    (2, $$INSERT INTO hallmark.account (id, name) VALUES (900002, 'B')$$, 'account 900002 900002'),
    (3, $$UPDATE hallmark.account SET api_access = false WHERE id = 900001$$, 'account 900001 900001'),
    (4, $$UPDATE hallmark.account SET name = name WHERE id = 900001$$, NULL),
    (5, $$INSERT INTO hallmark."user" (id, email, name) VALUES (900001, 'tap@example.org', 'x')$$, NULL),
    (6, $$INSERT INTO hallmark.member (account_id, user_id) VALUES (900001, 900001), (900002, 900001)$$, 'member 900001 900001, member 900002 900001'),
    (7, $$UPDATE hallmark.member SET permissions = '{a}' WHERE account_id = 900001$$, 'member 900001 900001'),
    (8, $$UPDATE hallmark."user" SET state = 'disabled' WHERE id = 900001$$, 'member 900001 900001, member 900002 900001'),
    (9, $$INSERT INTO hallmark.application (id, account_id, name) VALUES (900001, 0, 'Tap')$$, 'application 0 900001'),
    (10, $$UPDATE hallmark.application SET state = 'disabled' WHERE id = 900001$$, 'application 0 900001'),
    (11, $$INSERT INTO hallmark.client (account_id, client_id, application_id, name, holder_id) VALUES (900001, 'hmk_tap', 900001, 'x', 900001)$$,
        'client 900001 hmk_tap'),
    (12, $$UPDATE hallmark.client SET state = 'disabled' WHERE client_id = 'hmk_tap'$$, 'client 900001 hmk_tap'),
    (13, $$INSERT INTO hallmark.client_secret (account_id, client_id, id, digest, mask) VALUES (900001, 'hmk_tap', 1, sha256('tap'), 'm')$$,
        'client 900001 hmk_tap'),
    (14, $$UPDATE hallmark.client_secret SET not_after = now() WHERE client_id = 'hmk_tap'$$, 'client 900001 hmk_tap'),
    (15, $$DELETE FROM hallmark.client_secret WHERE client_id = 'hmk_tap'$$, 'client 900001 hmk_tap'),
    (16, $$INSERT INTO hallmark.access_template (account_id, id, name, scopes) VALUES (900001, 1, 'x', '{}')$$, 'account 900001 900001'),
    (17, $$INSERT INTO hallmark.link (account_id, office_account_id, client_id, template_account_id, template_id, template_version)
        VALUES (900002, 900001, 'hmk_tap', 900001, 1, 1)$$, 'client 900001 hmk_tap'),
    (18, $$UPDATE hallmark.link SET state = 'ended' WHERE client_id = 'hmk_tap'$$, 'client 900001 hmk_tap'),
    (19, $$INSERT INTO hallmark.office_access (account_id, office_account_id, allowed) VALUES (900002, 900001, true)$$, 'account 900002 900002'),
    (20, $$UPDATE hallmark.office_access SET allowed = false WHERE account_id = 900002$$, 'account 900002 900002'),
    (21, $$INSERT INTO hallmark.signing_key (kid, algorithm, state, public_der, sealed, forget_at)
        VALUES ('tap', 'PS256', 'withdrawn', '\x01', '\x01', now())$$, 'signing_key 0 tap'),
    (22, $$UPDATE hallmark.signing_key SET sealed = '\x02' WHERE kid = 'tap'$$, NULL),
    (23, $$DELETE FROM hallmark.signing_key WHERE kid = 'tap'$$, 'signing_key 0 tap'),
    (24, $$INSERT INTO hallmark.api (id, name, prefix, audience) VALUES (900001, 'tap', '/tap', 'urn:tap')$$, 'api 0 900001'),
    (25, $$UPDATE hallmark.api SET state = 'disabled' WHERE id = 900001$$, 'api 0 900001'),
    (26, $$INSERT INTO hallmark.revocation (kind, subject, account_id, until) VALUES ('jti', 'tap', 900001, now())$$, 'revocation 900001 jti:tap'),
    (27, $$UPDATE hallmark.revocation SET until = now() + interval '1 hour' WHERE subject = 'tap'$$, 'revocation 900001 jti:tap'),
    (28, $$DELETE FROM hallmark.revocation WHERE subject = 'tap'$$, 'revocation 900001 jti:tap'),
    (29, $$INSERT INTO hallmark.record (account_id, collection_id, id, version, history_id, created_at, changed_at, document)
        VALUES (900001, 1, 1, 1, 1, now(), now(), '{"Id": 1}')$$, NULL)) AS step (number, statement, told)
    ORDER BY number;
SELECT matches(pg_temp.tells(statement), '^api 0 [0-9]+$', statement) FROM (VALUES
    (1, $$INSERT INTO hallmark.collection (name, singular) VALUES ('tap-feed', 'x')$$),
    (2, $$UPDATE hallmark.collection SET state = 'disabled' WHERE name = 'tap-feed'$$),
    (3, $$INSERT INTO hallmark.api_collection (api_id, collection_id, path) SELECT 900001, id, 'x' FROM hallmark.collection WHERE name = 'tap-feed'$$),
    (4, $$UPDATE hallmark.api_collection SET path = 'y' WHERE api_id = 900001$$),
    (5, $$DELETE FROM hallmark.api_collection WHERE api_id = 900001$$)) AS step (number, statement)
    ORDER BY number;

-- Which tables tell; a new table with policy in it belongs here.
SELECT results_eq(
    $$SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'policy_tell' AND tgenabled = 'O' AND tgtype = 29 ORDER BY tgrelid::regclass::text$$,
    $$SELECT 'hallmark.' || name FROM unnest(ARRAY['access_template', 'account', 'api', 'api_collection', 'application', 'client', 'client_secret',
        'collection', 'link', 'member', 'office_access', 'revocation', 'signing_key', '"user"']) AS name ORDER BY 1$$,
    'after INSERT, UPDATE and DELETE of each row');

-- The feed itself.
SELECT throws_ok(format('SELECT pg_temp.as_server(%L)', statement), '42501', NULL, 'server: ' || statement) FROM unnest(ARRAY[
    'INSERT INTO hallmark.policy_change (id, kind, account_id, subject) VALUES (1, ''client'', 1, ''x'')',
    'UPDATE hallmark.policy_change SET subject = ''x''', 'TRUNCATE hallmark.policy_change',
    'SELECT nextval(''hallmark.policy_change_id_seq'')', 'SELECT hallmark.policy_subjects(''account'', ''{}'')',
    'ALTER TABLE hallmark.account DISABLE TRIGGER policy_tell', 'SET session_replication_role = replica']) AS statement;
SELECT throws_ok($$INSERT INTO hallmark.policy_change (kind, account_id, subject) VALUES ('record', 0, 'x')$$, '23514', NULL, 'the kinds are known');
INSERT INTO hallmark.policy_change (id, kind, account_id, subject) VALUES (1, 'client', 900001, 'forged');
SELECT cmp_ok((SELECT id FROM hallmark.policy_change WHERE subject = 'forged'), '>', 1::bigint, 'its number is drawn under the lock, whatever is said');
SELECT is((SELECT count(*)::int FROM pg_locks WHERE locktype = 'advisory' AND classid = 7203 AND objid = 1 AND pid = pg_backend_pid() AND granted), 1,
    'and the lock is held until the transaction ends');
SELECT isnt((SELECT count(*) FROM hallmark.policy_change WHERE account_id = 900001 AND at = now()), 0::bigint, 'a change carries its time');
SELECT is((SELECT version FROM hallmark.account WHERE id = 900001), 3::bigint, 'and a version that rose alone told nothing');

SELECT * FROM finish();
ROLLBACK;
