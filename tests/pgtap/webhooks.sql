-- SPDX-License-Identifier: Apache-2.0
-- Webhooks: what a subscription may be, who may write what, and that a change's own statement writes the outbox.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(37);
INSERT INTO hallmark.account (id, name) VALUES (1, 'Books Ltd'), (2, 'Other Ltd');

CREATE FUNCTION pg_temp.add(id bigint, changes jsonb DEFAULT '{}', account bigint DEFAULT 1) RETURNS void LANGUAGE sql AS $$
    INSERT INTO hallmark.webhook (account_id, id, name, url, kinds, collections, state, signing, sealed, old_sealed, old_until)
    SELECT account, id, coalesce(changes ->> 'name', 'Hook'), coalesce(changes ->> 'url', 'https://receiver.example/'),
        coalesce((changes ->> 'kinds')::text[], '{created,updated,deleted}'), coalesce((changes ->> 'collections')::text[], '{}'),
        coalesce(changes ->> 'state', 'active'), coalesce(changes ->> 'signing', 'hmac'), coalesce((changes ->> 'sealed')::bytea, '\x01'),
        (changes ->> 'old_sealed')::bytea, (changes ->> 'old_until')::timestamptz;
    INSERT INTO hallmark.webhook_health (account_id, webhook_id) VALUES (account, id)
$$;
SELECT throws_ok(format('SELECT pg_temp.add(99, %L)', changes), '23514', NULL, why) FROM (VALUES
    ('{"name": ""}', 'it has a name'), ('{"url": "ftp://receiver.example/"}', 'no other scheme'), ('{"url": "https://"}', 'a host'),
    ('{"url": "https://receiver.example/a b"}', 'no blanks'), ('{"url": "https://receiver.example/\n"}', 'no line ends'),
    ('{"kinds": "{}"}', 'it wants something'), ('{"kinds": "{renamed}"}', 'no other kinds'), ('{"state": "gone"}', 'no other states'),
    ('{"signing": "none"}', 'never unsigned'), ('{"sealed": ""}', 'there is a secret'), ('{"old_sealed": "x"}', 'an old secret has an end'),
    ('{"old_until": "2036-01-01"}', 'an end has an old secret')) AS bad (changes, why);
SELECT throws_ok($$SELECT pg_temp.add(99, account => 0)$$, '23514', NULL, 'account 0 has no webhooks');
SELECT throws_ok($$SELECT pg_temp.add(99, account => 77)$$, '23503', NULL, 'an unknown account neither');
SELECT lives_ok($$SELECT pg_temp.add(11), pg_temp.add(12, '{"collections": "{customers}", "kinds": "{deleted}"}'),
    pg_temp.add(13, '{"state": "disabled"}'), pg_temp.add(14, '{"state": "paused"}'), pg_temp.add(11, '{"collections": "{products}"}', 2)$$,
    'those are good');
SELECT throws_ok($$SELECT pg_temp.add(11)$$, '23505', NULL, 'an id is used once');

CREATE FUNCTION pg_temp.told(account bigint, collection text, kind text) RETURNS text LANGUAGE sql AS $$
    DELETE FROM hallmark.webhook_event;
    SELECT hallmark.webhook_post(account, 5, collection, 6, kind, 7, now());
    SELECT string_agg(webhook_id::text, ' ' ORDER BY webhook_id) FROM hallmark.webhook_event WHERE account_id = account AND collection_id = 5
        AND record_id = 6 AND id = 7 AND due_at = now() AND kind IS NULL AND lease IS NULL AND attempts = 0
$$;
SELECT is(pg_temp.told(account, collection, kind), webhooks, format('%s %s of %s', collection, kind, account)) FROM (VALUES
    (1, 'customers', 'created', '11'), (1, 'customers', 'deleted', '11 12'), (1, 'products', 'deleted', '11'), (2, 'products', 'updated', '11'),
    (2, 'customers', 'updated', NULL), (3, 'customers', 'updated', NULL)) AS change (account, collection, kind, webhooks);
UPDATE hallmark.account SET webhooks = false WHERE id = 1;
SELECT is(pg_temp.told(1, 'customers', 'deleted'), NULL, 'an account that has switched its webhooks off is told nothing');

SELECT is(hallmark.webhook_kind(method), kind, method) FROM (VALUES ('POST', 'created'), ('PUT', 'updated'), ('DELETE', 'deleted'))
    AS kinds (method, kind);
SELECT is(hallmark.changed_members(before, after), changed::jsonb, why) FROM (VALUES
    ('{"a":1,"b":{"c":2},"d":null}', '{"a":1.0,"b":{"c":3},"e":null}', '["b", "d", "e"]', 'members that differ'),
    ('{"a":1}', '{"a":1}', '[]', 'nothing differs'),
    (NULL, '{"a":1}', NULL, 'nothing to compare with'), ('{"a":1}', NULL, NULL, 'nothing to compare')) AS pairs (before, after, changed, why);

SET LOCAL ROLE hallmark_server;
SELECT throws_ok(statement, '42501', NULL, statement) FROM unnest(ARRAY['UPDATE hallmark.webhook SET account_id = 2',
    'UPDATE hallmark.webhook_event SET record_id = 2', 'UPDATE hallmark.webhook_delivery SET result = ''delivered''',
    'DELETE FROM hallmark.webhook_health', 'TRUNCATE hallmark.webhook_event']) AS statement;
RESET ROLE;
SELECT lives_ok('DELETE FROM hallmark.webhook WHERE account_id = 1 AND id = 11', 'a webhook can be deleted');
SELECT is((SELECT count(*) FROM hallmark.webhook_health WHERE webhook_id = 11), 1::bigint, 'its record goes with it, that of another account stays');
SELECT * FROM finish();
ROLLBACK;
