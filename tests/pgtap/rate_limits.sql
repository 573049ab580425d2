-- SPDX-License-Identifier: Apache-2.0
-- Limits of requests: what a limit may be, whom a change of it tells, and what nodes tell each other.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(14);

INSERT INTO hallmark.account (id, name) VALUES (900101, 'A');
INSERT INTO hallmark."user" (id, email, name) VALUES (900101, 'rate@example.org', 'x');
INSERT INTO hallmark.member (account_id, user_id) VALUES (900101, 900101);
INSERT INTO hallmark.application (id, account_id, name) VALUES (900101, 0, 'Rated');
INSERT INTO hallmark.client (account_id, client_id, application_id, name, holder_id) VALUES (900101, 'hmk_rated', 900101, 'x', 900101);

SELECT is((rate_requests, rate_seconds)::text, '(,)', 'a key has no limit of its own at first') FROM hallmark.client WHERE client_id = 'hmk_rated';
SELECT throws_ok(format('UPDATE hallmark.%s SET rate_requests = %s, rate_seconds = %s', name, requests, seconds), '23514', NULL,
        format('%s: %s in %s s', name, requests, seconds))
    FROM (VALUES ('client', '-1', '60'), ('client', '1000000001', '60'), ('client', '1', '0'), ('client', '1', '86401'), ('client', '1', 'NULL'),
        ('client', 'NULL', '60'), ('application', '1', 'NULL'), ('application', '-1', '60')) AS wrong (name, requests, seconds);

SET LOCAL ROLE hallmark_server;
UPDATE hallmark.client SET rate_requests = 5, rate_seconds = 60 WHERE client_id = 'hmk_rated';
RESET ROLE;
SELECT is((kind, account_id, subject)::text, '(client,900101,hmk_rated)', 'a limit is policy: nodes hear of it')
    FROM hallmark.policy_change ORDER BY id DESC LIMIT 1;
SELECT is(v.after::jsonb ->> 'rate_requests', '5', 'and the history tells it') FROM hallmark.history_value AS v ORDER BY history_id DESC LIMIT 1;
SET LOCAL ROLE hallmark_server;
UPDATE hallmark.application SET rate_requests = 0, rate_seconds = 60 WHERE id = 900101;
RESET ROLE;
SELECT is((kind, account_id, subject)::text, '(application,0,900101)', 'that of an application likewise')
    FROM hallmark.policy_change ORDER BY id DESC LIMIT 1;

-- Counts are told many times a second: they are written to no log, and tell nobody anything.
SELECT is(relpersistence::text, 'u', 'counts are not logged') FROM pg_class WHERE oid = 'hallmark.rate_count'::regclass;
SELECT is_empty($$SELECT tgname FROM pg_trigger WHERE tgrelid = 'hallmark.rate_count'::regclass$$, 'and have no triggers');

SELECT * FROM finish();
ROLLBACK;
