-- SPDX-License-Identifier: Apache-2.0
-- The months of the history: made ahead, guarded from birth, detached whole, and a default partition that tells when it is used.
BEGIN;
SET client_min_messages = error;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(48);

CREATE FUNCTION pg_temp.as_server(statement text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    SET LOCAL ROLE hallmark_server;
    EXECUTE statement;
    RESET ROLE;
END
$$;
CREATE FUNCTION pg_temp.months(parent regclass) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = parent ORDER BY 1
$$;
CREATE FUNCTION pg_temp.change(at timestamptz) RETURNS text LANGUAGE sql AS $$
    INSERT INTO hallmark.change_history (account_id, at, application_id, application_name, client_id, method, collection_id, collection,
        record_id, external_references, version, request_id, before_digest, after_digest, frozen, frozen_digest)
    VALUES (900001, at, 2, 'Robot', 'hmk_x', 'PUT', 3, 'customers', 4, '{}', 5, '01890000-0000-7000-8000-000000000000', sha256('a'), sha256('b'),
        '\x01', sha256('\x01'))
    RETURNING tableoid::regclass::text
$$;
CREATE FUNCTION pg_temp.name(parent text, ahead int) RETURNS text LANGUAGE sql AS $$
    SELECT 'hallmark.' || parent || to_char(date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => ahead), '_YYYY_MM')
$$;

SELECT ok(pg_temp.name(parent, ahead) IN (SELECT pg_temp.months(('hallmark.' || parent)::regclass)), format('%s has month %s', parent, ahead))
    FROM unnest(ARRAY['change_history', 'history_value', 'history_read']) AS parent, generate_series(0, 3) AS ahead;
SELECT ok('hallmark.' || parent || '_default' IN (SELECT pg_temp.months(('hallmark.' || parent)::regclass)), parent || ' has a default partition')
    FROM unnest(ARRAY['change_history', 'history_value', 'history_read']) AS parent;

-- A month ends where the next begins, in UTC, whatever the session's time zone is.
SET LOCAL timezone = 'Pacific/Auckland';
SELECT is(pg_temp.change((date_trunc('month', now() AT TIME ZONE 'UTC') + interval '1 month') AT TIME ZONE 'UTC'),
    pg_temp.name('change_history', 1), 'the first moment of the next month lies in the next month');
SELECT is(pg_temp.change((date_trunc('month', now() AT TIME ZONE 'UTC') + interval '1 month - 1 microsecond') AT TIME ZONE 'UTC'),
    pg_temp.name('change_history', 0), 'the last moment of this month lies in this month');

-- Making them ahead.
SELECT is(hallmark.history_partitions_make(3), 0, 'what is there is not made again');
SET LOCAL datestyle = 'German';
SET LOCAL ROLE hallmark_server;
SELECT hallmark.history_partitions_make(5) AS made \gset
RESET ROLE;
SELECT is(:made, 6, 'the server has two more months made, three tables each');
SELECT is(pg_temp.change((date_trunc('month', now() AT TIME ZONE 'UTC') + interval '5 months 1 day') AT TIME ZONE 'UTC'),
    pg_temp.name('change_history', 5), 'and they are used');
SELECT throws_ok(format('UPDATE %s SET version = 6', pg_temp.name('change_history', 5)), '23000', NULL, 'a new month refuses UPDATE');
SELECT throws_ok(format('TRUNCATE %s', pg_temp.name(parent, 5)), '23000', NULL, 'a new month refuses TRUNCATE: ' || parent)
    FROM unnest(ARRAY['change_history', 'history_value', 'history_read']) AS parent;
SELECT throws_ok('SELECT hallmark.history_partitions_make(1000)', '22023', NULL, 'a thousand months are not made');
SELECT throws_ok('SELECT hallmark.history_partitions_make(-1)', '22023', NULL, 'nor less than none');
SELECT throws_ok($$SELECT pg_temp.as_server('SELECT hallmark.history_partition_attach(''change_history'', ''x'', ''DEFAULT'')')$$, '42501', NULL,
    'the server makes no partitions of its own design');

-- The default partition.
SELECT hallmark.history_default_rows() AS before \gset
SELECT is(pg_temp.change((date_trunc('month', now() AT TIME ZONE 'UTC') + interval '6 months 1 day') AT TIME ZONE 'UTC'),
    'hallmark.change_history_default', 'a month that nobody made is not lost');
SELECT is(hallmark.history_default_rows(), :before + 1::bigint, 'and is seen');
SELECT is(hallmark.history_partitions_make(7), 5, 'the month whose rows lie there is left out, the others are made');

-- Only an archive takes a month out (tests/pgtap/archive.sql).
SELECT throws_ok(format(statement, parent, pg_temp.name(parent, 5)), '23000', NULL, format('by hand: ' || statement, parent, 'a month'))
    FROM unnest(ARRAY['change_history', 'history_value']) AS parent,
    unnest(ARRAY['ALTER TABLE hallmark.%1$s DETACH PARTITION %2$s', 'DROP TABLE %2$s', 'DROP TABLE hallmark.%1$s CASCADE']) AS statement;
SELECT lives_ok('CREATE TABLE hallmark.other (id int); ALTER TABLE hallmark.other ADD more int; DROP TABLE hallmark.other', 'other tables come and go');

-- The log of reads: its rows stand as they are, and go by whole months.
CREATE FUNCTION pg_temp.read(at timestamptz) RETURNS text LANGUAGE sql AS $$
    INSERT INTO hallmark.history_read (account_id, at, request_id, application_name, question)
    VALUES (900001, at, gen_random_uuid(), 'Robot', '/history') RETURNING tableoid::regclass::text
$$;
SELECT hallmark.history_partition_attach('history_read', to_char(month, '"history_read_"YYYY_MM'), format('FOR VALUES FROM (%L) TO (%L)',
        to_char(month, 'YYYY-MM-DD 00:00:00+00'), to_char(month + interval '1 month', 'YYYY-MM-DD 00:00:00+00')))
    FROM (SELECT date_trunc('month', now() AT TIME ZONE 'UTC') - make_interval(months => ago) AS month FROM unnest(ARRAY[2, 3]) AS ago) AS months;
SELECT is(pg_temp.read(now()), pg_temp.name('history_read', 0), 'a read lies in its month');
SELECT throws_ok('UPDATE hallmark.history_read SET question = ''x''', '23000', NULL, 'a read is not altered');
SELECT throws_ok('DELETE FROM hallmark.history_read', '23000', NULL, 'nor deleted');
SELECT throws_ok('UPDATE hallmark.history_read SET address = ''erased'', given = 5', '23000', NULL, 'nor altered together with an erasure');
INSERT INTO hallmark.history_read (account_id, at, request_id, application_name, client_id, user_id, address, question)
    VALUES (900001, now(), gen_random_uuid(), 'Robot', 'hmk_reader', 900009, '192.0.2.9', '/history'),
    (900001, now(), gen_random_uuid(), 'Robot', 'hmk_reader', 900008, '192.0.2.8', '/history');
SELECT lives_ok('SELECT hallmark.person_forget(900009)', 'a person is erased');
SELECT results_eq('SELECT user_id, address FROM hallmark.history_read WHERE account_id = 900001 AND user_id IS NOT NULL ORDER BY user_id',
    $$VALUES (900008::bigint, '192.0.2.8'), (900009, 'erased')$$, 'then the log no longer tells from where they read, and of others it does');
SET LOCAL ROLE hallmark_server;
SELECT is(hallmark.history_reads_drop(2), 1, 'the server lets a month go that is older than two');
SELECT is(hallmark.history_reads_drop(2), 0, 'once');
RESET ROLE;
SELECT ok(pg_temp.name('history_read', -2) IN (SELECT pg_temp.months('hallmark.history_read')), 'and keeps what is not');
SELECT throws_ok('SELECT hallmark.history_reads_drop(0)', '22023', NULL, 'this month never goes');
SELECT throws_ok('SELECT hallmark.history_reads_drop(NULL)', '22023', NULL, 'nor by accident');

SELECT * FROM finish();
ROLLBACK;
