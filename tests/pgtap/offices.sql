-- SPDX-License-Identifier: Apache-2.0
-- Access templates, links and the switch of the client company.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(26);

INSERT INTO hallmark.account (id, name) VALUES (900001, 'Client'), (900002, 'Office'), (900003, 'Another');
INSERT INTO hallmark."user" (id, email, name) VALUES (900002, 'tap@example.org', 'x');
INSERT INTO hallmark.member (account_id, user_id) VALUES (900002, 900002);
INSERT INTO hallmark.application (id, account_id, name) VALUES (900001, 0, 'Tap');
INSERT INTO hallmark.client (account_id, client_id, application_id, name, holder_id, office)
    VALUES (900002, 'hmk_office', 900001, 'key', 900002, true);
INSERT INTO hallmark.access_template (account_id, id, name, scopes) VALUES
    (900002, 1, 'Office''s', '{customers:read}'), (900003, 1, 'Another''s', '{customers:read}'), (0, 1, 'For all', '{customers:read}');

SELECT throws_ok($$INSERT INTO hallmark.access_template (account_id, id, name, scopes) VALUES (900002, 1, 'x', '{}')$$, '23505', NULL,
    'a version of a template is there once');
SELECT lives_ok($$INSERT INTO hallmark.access_template (account_id, id, version, name, scopes) VALUES (900002, 1, 2, 'x', '{}')$$, 'the next version');
SELECT throws_ok(format('INSERT INTO hallmark.access_template (account_id, id, version, name, scopes) VALUES (%s, 5, %s, %L, %L)', account, version, name,
    scopes), code, NULL, why) FROM (VALUES
    (900002, 0, 'x', '{}', '23514', 'versions begin with 1'), (900002, 1, '', '{}', '23514', 'a template has a name'),
    (900002, 1, 'x', '{b,a}', '23514', 'its scopes are canonical'), (999999, 1, 'x', '{}', '23503', 'it has an account')
    ) AS bad (account, version, name, scopes, code, why);

SELECT throws_ok(format($$INSERT INTO hallmark.link (account_id, office_account_id, client_id, template_account_id, template_id, template_version)
        VALUES (%s, %s, %L, %s, 1, %s)$$, client, office, key, template, version), code, NULL, why) FROM (VALUES
    (900002, 900002, 'hmk_office', 900002, 1, '23514', 'an office is not linked to itself'),
    (0, 900002, 'hmk_office', 900002, 1, '23514', 'nor to all accounts at once'),
    (900001, 900003, 'hmk_office', 900003, 1, '23503', 'a key is linked by its own office'),
    (900001, 900002, 'hmk_none', 900002, 1, '23503', 'and has to be there'),
    (900001, 900002, 'hmk_office', 900003, 1, '23514', 'a template of another account gives nothing'),
    (900001, 900002, 'hmk_office', 900002, 9, '23503', 'nor one that is not there'),
    (999999, 900002, 'hmk_office', 900002, 1, '23503', 'a link is to an account that is there')
    ) AS bad (client, office, key, template, version, code, why);
SELECT lives_ok($$INSERT INTO hallmark.link (account_id, office_account_id, client_id, template_account_id, template_id, template_version)
    VALUES (900001, 900002, 'hmk_office', 900002, 1, 1), (900003, 900002, 'hmk_office', 0, 1, 1)$$, 'the office''s template, or one for all');
SELECT throws_ok($$INSERT INTO hallmark.link (account_id, office_account_id, client_id, template_account_id, template_id, template_version)
    VALUES (900001, 900002, 'hmk_office', 0, 1, 1)$$, '23505', NULL, 'one link of a key to an account');
SELECT throws_ok('DELETE FROM hallmark.access_template WHERE account_id = 900002', '23503', NULL, 'a template that is used is not deleted');
UPDATE hallmark.link SET state = 'ended' WHERE account_id = 900001;
SELECT is((SELECT version FROM hallmark.link WHERE account_id = 900001), 2::bigint, 'a link counts its versions');

INSERT INTO hallmark.office_access (account_id, office_account_id, allowed) VALUES (900001, 900002, true);
UPDATE hallmark.office_access SET allowed = false WHERE account_id = 900001;
SELECT is((SELECT version FROM hallmark.office_access WHERE account_id = 900001), 2::bigint, 'so does the switch');
SELECT throws_ok('INSERT INTO hallmark.office_access (account_id, office_account_id, allowed) VALUES (0, 900002, true)', '23514', NULL,
    'no office is let into all accounts');

-- The account in a client id, as server/base/credential.c writes it.
SELECT is(hallmark.client_id_account(client_id), account, why) FROM (VALUES
    ('hmk_00000007aaaaaaaaaaaaaaCCCCCC', 7::bigint, 'a digit'), ('hmk_0000000Aaaaaaaaaaaaaaa000000', 10, 'a capital letter'),
    ('hmk_0000001zaaaaaaaaaaaaaa000000', 123, 'two places'), ('hmk_dzzzzzzzaaaaaaaaaaaaaa000000', 40 * (62::numeric ^ 7)::bigint - 1, 'many places'), ('hmk_fixture1', NULL, 'what is no client id'), ('', NULL, 'nothing'),
    ('hmk_00000007aaaaaaaaaaaaaaCCCCC-', NULL, 'another letter')) AS example (client_id, account, why);

SELECT * FROM finish();
ROLLBACK;
