-- SPDX-License-Identifier: Apache-2.0
-- Uses of secrets: no change of the key, and what ends a secret that is being replaced.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(15);

INSERT INTO hallmark.account (id, name) VALUES (900201, 'A');
INSERT INTO hallmark."user" (id, email, name) VALUES (900201, 'use@example.org', 'x');
INSERT INTO hallmark.member (account_id, user_id) VALUES (900201, 900201);
INSERT INTO hallmark.application (id, account_id, name) VALUES (900201, 0, 'Used');
INSERT INTO hallmark.client (account_id, client_id, application_id, name, holder_id) VALUES (900201, 'hmk_used', 900201, 'x', 900201);
INSERT INTO hallmark.client_secret (account_id, client_id, id, digest, mask) VALUES (900201, 'hmk_used', 1, sha256('used 1'), 'hms_...0001');

-- What lists show of the live secrets, without the time at which they were made.
CREATE FUNCTION pg_temp.shown() RETURNS text LANGUAGE sql AS $$
    SELECT string_agg((shown - 'created_at')::text, ', ') FROM jsonb_array_elements(hallmark.secrets_shown(900201, 'hmk_used')) AS shown
$$;
SELECT is(pg_temp.shown(), '{"mask": "hms_...0001", "uses": 0, "number": 1}', 'at first it was never used');
SELECT throws_ok(format('INSERT INTO hallmark.client_secret_use VALUES (900201, ''hmk_used'', %s, %s, now(), %L)', id, uses, address), code, NULL, why)
    FROM (VALUES (1, 0, 'x', '23514', 'a row is a use'), (1, 1, '', '23514', 'from somewhere'), (2, 1, 'x', '23503', 'of a secret that is there'))
    AS wrong (id, uses, address, code, why);
SELECT throws_ok(format('UPDATE hallmark.client_secret SET successor = %s, successor_uses = %s WHERE client_id = ''hmk_used''', successor, uses), '23514',
        NULL, format('successor %s after %s uses', successor, uses))
    FROM (VALUES ('1', '1'), ('2', 'NULL'), ('NULL', '2'), ('2', '0')) AS wrong (successor, uses);

CREATE TEMPORARY TABLE before ON COMMIT DROP AS
    SELECT (SELECT version FROM hallmark.client WHERE client_id = 'hmk_used') AS version, (SELECT max(id) FROM hallmark.policy_change) AS change,
        (SELECT max(id) FROM hallmark.change_history) AS history;
SET LOCAL ROLE hallmark_server;
INSERT INTO hallmark.client_secret_use VALUES (900201, 'hmk_used', 1, 5, '2026-01-02 03:04:05Z', '192.0.2.1');
UPDATE hallmark.client_secret_use SET uses = uses + 1 WHERE client_id = 'hmk_used';
RESET ROLE;
SELECT is(client.version, before.version, 'a use is no change of the key') FROM hallmark.client, before WHERE client_id = 'hmk_used';
SELECT is((SELECT max(id) FROM hallmark.policy_change), change, 'no node hears of it') FROM before;
SELECT is((SELECT max(id) FROM hallmark.change_history), history, 'and no history') FROM before;

SET LOCAL timezone = 'UTC';
SELECT is(pg_temp.shown(), '{"mask": "hms_...0001", "uses": 6, "number": 1, "last_used_at": "2026-01-02T03:04:05+00:00", "last_used_from": "192.0.2.1"}',
    'when, from where and how often');
UPDATE hallmark.client_secret SET successor = 2, successor_uses = 3, not_after = '2100-01-01 00:00:00Z' WHERE client_id = 'hmk_used';
INSERT INTO hallmark.client_secret (account_id, client_id, id, digest, mask) VALUES (900201, 'hmk_used', 2, sha256('used 2'), 'hms_...0002');
SELECT is(pg_temp.shown(), '{"mask": "hms_...0001", "uses": 6, "number": 1, "not_after": "2100-01-01T00:00:00+00:00", "last_used_at": '
    '"2026-01-02T03:04:05+00:00", "last_used_from": "192.0.2.1", "ends_after_uses": 3}, {"mask": "hms_...0002", "uses": 0, "number": 2}', 'both of two');
UPDATE hallmark.client_secret SET not_after = now() WHERE client_id = 'hmk_used' AND id = 1;
SELECT is(pg_temp.shown(), '{"mask": "hms_...0002", "uses": 0, "number": 2}', 'of one that has ended nothing');
DELETE FROM hallmark.client_secret WHERE client_id = 'hmk_used' AND id = 1;
SELECT is_empty('SELECT FROM hallmark.client_secret_use WHERE client_id = ''hmk_used''', 'uses go with their secret');

SELECT * FROM finish();
ROLLBACK;
