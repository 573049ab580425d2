-- SPDX-License-Identifier: Apache-2.0
-- Whatever is administrated tells the history when it changes: what it was, what it is, who did it and through what; and never a secret.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(62);

CREATE FUNCTION pg_temp.as_server(statement text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    SET LOCAL ROLE hallmark_server;
    EXECUTE statement;
    RESET ROLE;
END
$$;
-- What one statement of the server tells, as "method collection account record version", in order.
CREATE FUNCTION pg_temp.tells(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    before bigint := (SELECT coalesce(max(id), 0) FROM hallmark.change_history);
BEGIN
    PERFORM pg_temp.as_server(statement);
    RETURN (SELECT string_agg(concat_ws(' ', method, collection, account_id, record_id, version), ', ' ORDER BY id)
        FROM hallmark.change_history WHERE id > before);
END
$$;
CREATE FUNCTION pg_temp.last() RETURNS hallmark.change_history LANGUAGE sql AS $$
    SELECT * FROM hallmark.change_history ORDER BY id DESC LIMIT 1
$$;
CREATE FUNCTION pg_temp.last_value() RETURNS hallmark.history_value LANGUAGE sql AS $$
    SELECT * FROM hallmark.history_value ORDER BY history_id DESC LIMIT 1
$$;
SET LOCAL hallmark.actor = '{"application_id": 5, "application_name": "Tap", "client_id": "hmk_admin", "key_name": "Admin", "holder_id": 7,
    "user_id": 8, "person": "Ada", "token_jti": "jti", "request_id": "01890000-0000-7000-8000-000000000001", "address": "192.0.2.1", "seed": "s"}';

SELECT matches(pg_temp.tells(statement), '^' || told || '$', regexp_replace(statement, '\s+', ' ', 'g')) FROM (VALUES
    (1, $$INSERT INTO hallmark.account (id, name) VALUES (900001, 'A'), (900002, 'B')$$, 'POST accounts 900001 900001 1, POST accounts 900002 900002 1'),
    (2, $$UPDATE hallmark.account SET api_access = false WHERE id = 900001$$, 'PUT accounts 900001 900001 2'),
    (3, $$INSERT INTO hallmark."user" (id, email, name) VALUES (900001, 'tap@example.org', 'x')$$, 'POST users 0 900001 1'),
    (4, $$UPDATE hallmark."user" SET state = 'disabled' WHERE id = 900001$$, 'PUT users 0 900001 2'),
    (5, $$UPDATE hallmark."user" SET password_hash = 'y' WHERE id = 900001$$, 'PUT users 0 900001 3'),
    (6, $$INSERT INTO hallmark.member (account_id, user_id) VALUES (900001, 900001)$$, 'POST members 900001 900001 1'),
    (7, $$UPDATE hallmark.member SET permissions = '{a}' WHERE account_id = 900001$$, 'PUT members 900001 900001 2'),
    (8, $$INSERT INTO hallmark.application (id, account_id, name) VALUES (900001, 0, 'Tap')$$, 'POST applications 0 900001 1'),
    (9, $$INSERT INTO hallmark.client (account_id, client_id, application_id, name, holder_id) VALUES (900001, 'hmk_tap', 900001, 'x', 900001)$$,
        'POST keys 900001 \d+ 1'),
    (10, $$UPDATE hallmark.client SET state = 'disabled' WHERE client_id = 'hmk_tap'$$, 'PUT keys 900001 \d+ 2'),
    (11, $$INSERT INTO hallmark.client_secret (account_id, client_id, id, digest, mask) VALUES (900001, 'hmk_tap', 1, sha256('tap'), 'm')$$,
        'POST secrets 900001 1 1'),
    (12, $$UPDATE hallmark.client_secret SET not_after = now() + interval '1 day' WHERE client_id = 'hmk_tap'$$, 'PUT secrets 900001 1 1'),
    (13, $$DELETE FROM hallmark.client_secret WHERE client_id = 'hmk_tap'$$, 'DELETE secrets 900001 1 1'),
    (14, $$INSERT INTO hallmark.access_template (account_id, id, name, scopes) VALUES (900002, 900001, 'T', '{a}')$$, 'POST templates 900002 900001 1'),
    (15, $$INSERT INTO hallmark.client (account_id, client_id, application_id, kind, name) VALUES (900002, 'hmk_tap2', 900001, 'application', 'y')$$,
        'POST keys 900002 \d+ 1'),
    (16, $$INSERT INTO hallmark.link (account_id, office_account_id, client_id, template_account_id, template_id, template_version)
        VALUES (900001, 900002, 'hmk_tap2', 900002, 900001, 1)$$, 'POST links 900001 900002 1'),
    (17, $$UPDATE hallmark.link SET state = 'ended' WHERE account_id = 900001$$, 'PUT links 900001 900002 2'),
    (18, $$INSERT INTO hallmark.office_access (account_id, office_account_id, allowed) VALUES (900001, 900002, true)$$, 'POST offices 900001 900002 1'),
    (19, $$INSERT INTO hallmark.api (id, name, prefix, audience) VALUES (900001, 'tap', '/tap', 'https://tap.example')$$, 'POST apis 0 900001 1'),
    (20, $$INSERT INTO hallmark.collection (name, singular) VALUES ('tapped', 'tap')$$, 'POST collections 0 \d+ 1'),
    (21, $$INSERT INTO hallmark.api_collection (api_id, collection_id, path) SELECT 900001, id, 'tapped' FROM hallmark.collection WHERE name = 'tapped'$$,
        'POST offers 0 \d+ 1'),
    (22, $$DELETE FROM hallmark.api_collection WHERE api_id = 900001$$, 'DELETE offers 0 \d+ 1'),
    (23, $$INSERT INTO hallmark.signing_key (kid, algorithm, state, public_der, sealed) VALUES ('tap', 'PS256', 'next', '\x01', '\x02')$$,
        'POST signing-keys 0 0 1'),
    (24, $$INSERT INTO hallmark.revocation (kind, subject, account_id, until) VALUES ('jti', 'tap', 900001, now() + interval '1 hour')$$,
        'POST revocations 900001 0 1'),
    (25, $$INSERT INTO hallmark.webhook (account_id, id, name, url, sealed) VALUES (900001, 900001, 'w', 'https://tap.example', '\x02')$$,
        'POST webhooks 900001 900001 1'),
    (26, $$DELETE FROM hallmark.webhook WHERE id = 900001$$, 'DELETE webhooks 900001 900001 1'),
    (27, $$INSERT INTO hallmark.history_export (account_id, nonce) VALUES (900001, 'auditor-7f1c')$$, 'POST history-exports 900001 \d+ 1'),
    (28, $$INSERT INTO hallmark.witness (verifier) VALUES ('witness.example/w1+e75f6532+BAOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4')$$, 'POST witnesses 0 \d+ 1')
) AS statements (step, statement, told) ORDER BY step;

-- What is no change, or no change of anybody's.
SELECT is(pg_temp.tells(statement), NULL, regexp_replace(statement, '\s+', ' ', 'g')) FROM (VALUES
    (1, $$UPDATE hallmark.account SET name = name WHERE id = 900001$$),
    (2, $$UPDATE hallmark.signing_key SET sealed = '\x03' WHERE kid = 'tap'$$),
    (3, $$UPDATE hallmark.client SET secrets_made = secrets_made + 1 WHERE client_id = 'hmk_tap'$$),
    (4, $$UPDATE hallmark.account SET name = 'Z' WHERE false$$)
) AS statements (step, statement) ORDER BY step;
SELECT pg_temp.as_server($$INSERT INTO hallmark.client_secret (account_id, client_id, id, digest, mask, not_after)
    VALUES (900001, 'hmk_tap', 2, sha256('old'), 'm', now() - interval '40 days')$$);
SELECT is(pg_temp.tells($$DELETE FROM hallmark.client_secret WHERE id = 2 AND client_id = 'hmk_tap'$$), NULL, 'a secret that has ended is swept away');
SELECT pg_temp.as_server($$INSERT INTO hallmark.revocation (kind, subject, account_id, until) VALUES ('jti', 'old', 900001, now() - interval '1 hour')$$);
SELECT is(pg_temp.tells($$DELETE FROM hallmark.revocation WHERE subject = 'old'$$), NULL, 'a revocation that no longer matters is swept away');

-- Who, what, and the proof of it.
SELECT pg_temp.as_server($$UPDATE hallmark.client SET name = 'Übung "1"' WHERE client_id = 'hmk_tap'$$);
SELECT is((r.application_id, r.application_name, r.client_id, r.key_name, r.holder_id, r.user_id, r.token_jti, r.request_id)::text,
    '(5,Tap,hmk_admin,Admin,7,8,jti,01890000-0000-7000-8000-000000000001)', 'the actor stands there') FROM pg_temp.last() AS r;
SELECT is(r.external_references::jsonb, '{"Key": "hmk_tap"}', 'a key is told by its client_id, too') FROM pg_temp.last() AS r;
SELECT cmp_ok(r.collection_id, '<', 0, 'a noun is no collection') FROM pg_temp.last() AS r;
SELECT is(hallmark.history_collection('keys'), r.collection_id, 'and is found by its name') FROM pg_temp.last() AS r;
SELECT is(v.before::jsonb ->> 'name', 'x', 'the value before') FROM pg_temp.last_value() AS v;
SELECT is(v.after::jsonb ->> 'name', 'Übung "1"', 'the value after') FROM pg_temp.last_value() AS v;
SELECT is((v.person, v.address)::text, '(Ada,192.0.2.1)', 'person and address') FROM pg_temp.last_value() AS v;
SELECT is(r.before_digest, sha256(v.before_salt || convert_to(v.before, 'UTF8')), 'before is proven') FROM pg_temp.last() AS r, pg_temp.last_value() AS v;
SELECT is(r.after_digest, sha256(v.after_salt || convert_to(v.after, 'UTF8')), 'after is proven') FROM pg_temp.last() AS r, pg_temp.last_value() AS v;
SELECT is(r.person_digest, sha256(v.person_salt || convert_to(v.person, 'UTF8')), 'person is proven') FROM pg_temp.last() AS r, pg_temp.last_value() AS v;
SELECT is(r.address_digest, sha256(v.address_salt || convert_to(v.address, 'UTF8')), 'address is proven') FROM pg_temp.last() AS r, pg_temp.last_value() AS v;
SELECT is(cardinality(ARRAY(SELECT DISTINCT salt FROM unnest(ARRAY[v.before_salt, v.after_salt, v.person_salt, v.address_salt]) AS salt)), 4,
    'four salts') FROM pg_temp.last_value() AS v;
SELECT is(octet_length(v.before_salt), 16, 'of sixteen bytes') FROM pg_temp.last_value() AS v;
SELECT is(r.frozen_digest, sha256(r.frozen), 'the receipt is that of the frozen bytes') FROM pg_temp.last() AS r;
SELECT is(r.frozen, hallmark.history_frozen(r.account_id, r.id, r.at, r.application_id, r.application_name, r.client_id, r.key_name, r.holder_id,
    r.user_id, r.token_jti, r.method, r.collection_id, r.collection, r.record_id, r.external_references, r.version, r.request_id,
    r.before_digest, r.after_digest, r.person_digest, r.address_digest), 'and these are made of the columns') FROM pg_temp.last() AS r;

-- By hand: the role that logged in answers for it, and what is not there has no digest.
SET LOCAL hallmark.actor = '';
SELECT pg_temp.as_server($$UPDATE hallmark.account SET name = 'C' WHERE id = 900001$$);
SELECT is((r.application_id, r.application_name, r.client_id, r.address_digest)::text, '(0,database,"",)', 'a change by hand') FROM pg_temp.last() AS r;
SELECT is(v.person, session_user::text, 'names the role') FROM pg_temp.last_value() AS v;
SELECT is((v.address, v.address_salt)::text, '(,)', 'and has no address') FROM pg_temp.last_value() AS v;

-- No secret, whatever was changed.
SELECT is((SELECT count(*)::int FROM hallmark.history_value WHERE account_id IN (0, 900001, 900002)
    AND concat(before, after) ~ 'password_hash|"digest"|sealed|public_der'), 0, 'no secret stands in the history');

-- What is no witness's key: of another id, of a log, of another name.
SELECT throws_ok($$INSERT INTO hallmark.witness (verifier) VALUES ($$ || quote_literal(given) || ')', '23514', NULL, 'no key: ' || given) FROM (VALUES
    ('witness.example/w1+e75f6533+BAOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4'), ('witness.example/w2+e75f6532+BAOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4'), ('x+00000000+AQ==')) AS keys (given);

-- Nobody gets round it.
SELECT throws_ok($$SELECT pg_temp.as_server('ALTER TABLE hallmark.client DISABLE TRIGGER history_tell')$$, '42501', NULL, 'server: the trigger stays');
SELECT throws_ok($$SELECT pg_temp.as_server('SELECT hallmark.history_watch(''record'', ''keys'')')$$, '42501', NULL, 'server: makes no trigger');
SELECT throws_ok($$SELECT hallmark.history_watch('record', 'ghosts')$$, '22023', NULL, 'owner: a noun has to be known');
SELECT throws_ok($$INSERT INTO hallmark.collection (name, singular) VALUES ('keys', 'key')$$, '23514', NULL, 'no collection is called like a noun');
SELECT is(ARRAY(
    SELECT relname::text FROM pg_class WHERE relnamespace = 'hallmark'::regnamespace AND relkind = 'r' AND NOT relispartition
        AND NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = pg_class.oid AND tgname = 'history_tell') ORDER BY 1),
    '{admin_request,auth_failure,authorization_code,authorization_request,checkpoint_cosignature,client_secret_use,external_reference,history_checkpoint,history_leaf,history_log,history_node,idempotency,link_request,logout_token,mail,node,password_link,policy_change,rate_count,record,recovery_code,refresh_token,schema_migration,sector,session,totp,webhook_delivery,webhook_event,webhook_health}', 'every table is watched but those that are no administration');

SELECT is_empty($$SELECT tgrelid::regclass, told FROM pg_trigger, convert_from(rtrim(tgargs, '\x00'), 'UTF8') AS told
    WHERE tgname = 'history_tell' AND NOT tgisinternal AND hallmark.history_noun(told) IS NULL$$, 'and each by a noun that has its number');

SELECT * FROM finish();
ROLLBACK;
