-- SPDX-License-Identifier: Apache-2.0
-- Archives: which months may go, who lets them, and that every account's history tells what went.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(37);

CREATE FUNCTION pg_temp.as_server(statement text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    SET LOCAL ROLE hallmark_server;
    EXECUTE statement;
    RESET ROLE;
END
$$;
CREATE FUNCTION pg_temp.change(of_account bigint, moment timestamptz) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    row_id constant bigint := nextval('hallmark.history_id_seq');
BEGIN
    INSERT INTO hallmark.change_history (account_id, id, at, application_id, application_name, client_id, method, collection_id, collection, record_id,
        external_references, version, request_id, after_digest, frozen, frozen_digest)
    VALUES (of_account, row_id, moment, 2, 'Robot', 'hmk_x', 'PUT', 7, 'tapped', 7, '{}', 1, gen_random_uuid(), sha256('a'), '\x01', sha256('\x01'));
    INSERT INTO hallmark.history_value (account_id, history_id, at, after, after_salt) VALUES (of_account, row_id, moment, '{"v": 2}', '\x02');
    RETURN row_id;
END
$$;
-- As the sequencer would: the next place of the account.
CREATE FUNCTION pg_temp.seal(of_account bigint, of_change bigint) RETURNS void LANGUAGE sql AS $$
    INSERT INTO hallmark.history_leaf (account_id, account_seq, log_id, leaf_index, history_id, at, leaf)
    SELECT account_id, (SELECT count(*) + 1 FROM hallmark.history_leaf WHERE account_id = of_account), 9,
        (SELECT count(*) FROM hallmark.history_leaf WHERE log_id = 9), id, at, sha256(id::text::bytea)
    FROM hallmark.change_history WHERE account_id = of_account AND id = of_change
$$;
CREATE FUNCTION pg_temp.month(ago int) RETURNS text LANGUAGE sql AS $$
    SELECT to_char(date_trunc('month', now() AT TIME ZONE 'UTC') - make_interval(months => ago), 'YYYY-MM')
$$;
CREATE FUNCTION pg_temp.within(ago int, days int) RETURNS timestamptz LANGUAGE sql AS $$
    SELECT (date_trunc('month', now() AT TIME ZONE 'UTC') - make_interval(months => ago) + make_interval(days => days)) AT TIME ZONE 'UTC'
$$;
CREATE FUNCTION pg_temp.make(ago int) RETURNS void LANGUAGE sql AS $$
    SELECT hallmark.history_partition_attach(parent, parent || '_' || replace(pg_temp.month(ago), '-', '_'),
        format('FOR VALUES FROM (%L) TO (%L)', pg_temp.within(ago, 0), pg_temp.within(ago - 1, 0)))
    FROM unnest(ARRAY['change_history', 'history_value']) AS parent
$$;
CREATE FUNCTION pg_temp.drop_month(ago int, changes bigint) RETURNS text LANGUAGE sql AS $$
    SELECT hallmark.archive_drop(pg_temp.month(ago), 'old.ndjson', sha256('file'), changes)::text
$$;

INSERT INTO hallmark.account (id, name) VALUES (900001, 'A'), (900002, 'B'), (900003, 'C');
SELECT pg_temp.make(ago) FROM unnest(ARRAY[15, 14, 13, 12, 1]) AS ago WHERE to_regclass('hallmark.change_history_' || replace(pg_temp.month(ago), '-', '_')) IS NULL;
SELECT pg_temp.seal(900001, pg_temp.change(900001, pg_temp.within(15, 1))), pg_temp.seal(900001, pg_temp.change(900001, pg_temp.within(14, 1))),
    pg_temp.seal(900001, pg_temp.change(900001, pg_temp.within(15, 2))), pg_temp.seal(900002, pg_temp.change(900002, pg_temp.within(14, 2)));
SELECT pg_temp.change(900002, pg_temp.within(13, 1)) AS unsealed \gset
SELECT pg_temp.seal(900003, pg_temp.change(900003, pg_temp.within(0, 0)));

-- Who may not.
SELECT throws_ok($$SELECT pg_temp.as_server('SELECT hallmark.archive_drop(''2001-01'', ''f'', sha256(''f''), 2)')$$, '42501', NULL, 'server: drops no month');
SELECT throws_ok($$SELECT pg_temp.as_server('SELECT hallmark.archive_month(''2001-01'')')$$, '42501', NULL, 'server: has none to archive');
SELECT throws_ok(format('SELECT pg_temp.as_server(%L)', format('ALTER TABLE hallmark.change_history DETACH PARTITION hallmark.change_history_%s',
    replace(pg_temp.month(15), '-', '_'))), '42501', NULL, 'server: detaches no month');
SELECT throws_ok(format('SELECT pg_temp.as_server(%L)', 'INSERT INTO hallmark.archive (account_id, month, file, file_digest, changes, gone, file_changes)
    VALUES (1, ''2001-01-01'', ''f'', sha256(''f''), 1, ''{}'', 1)'), '42501', NULL, 'server: records no archive');
SELECT throws_ok($$SELECT pg_temp.as_server('UPDATE hallmark.history_retention SET months = 1')$$, '42501', NULL, 'server: keeps as long as it is told');

-- Which may not.
SELECT throws_ok(format('SELECT hallmark.archive_month(%L)', given), '22023', NULL, 'no month: ' || coalesce(given, 'NULL'))
    FROM unnest(ARRAY['2026-13', '2026-1', '2026-01-01', '', '2026_01', NULL]) AS given;
SELECT throws_like(format('SELECT hallmark.archive_month(%L)', pg_temp.month(0)), '%is not over', 'this month');
SELECT throws_like(format('SELECT hallmark.archive_month(%L)', pg_temp.month(-2)), '%is not over', 'a month to come');
SELECT throws_like(format('SELECT hallmark.archive_month(%L)', pg_temp.month(12)), '%12 whole months are kept', 'a month that is kept');
SELECT throws_like($$SELECT hallmark.archive_month('2001-01')$$, '%no month%', 'a month that is not there');
SELECT throws_like(format('SELECT hallmark.archive_month(%L)', pg_temp.month(14)), '%comes first', 'a month with an older one before it');
SELECT throws_ok('UPDATE hallmark.history_retention SET months = 0', '23514', NULL, 'not every month goes');
SELECT throws_like($$SELECT pg_temp.drop_month(15, 3)$$, '%has 2 changes and the file 3', 'a file with another number of changes');

-- One goes.
SELECT is((m.changes, m.to_us - m.from_us >= 28 * 86400000000)::text, '(2,t)', 'what it is') FROM hallmark.archive_month(pg_temp.month(15)) AS m;
SELECT is(pg_temp.drop_month(15, 2), '2', 'it goes out of one account, and is told in account 0');
SELECT is(to_regclass(format('hallmark.%s_%s', parent, replace(pg_temp.month(15), '-', '_'))), NULL, 'gone: ' || parent)
    FROM unnest(ARRAY['change_history', 'history_value']) AS parent;
SELECT is((SELECT count(*)::int FROM hallmark.history_leaf WHERE account_id = 900001), 3, 'its leaves stay');
SELECT is((SELECT string_agg(concat_ws(' ', account_id, changes, gone, file_changes), ', ' ORDER BY account_id) FROM hallmark.archive),
    '0 0 {} 2, 900001 2 {[1,2),[3,4)} 2', 'who lost what');
SELECT is((SELECT external_references::jsonb - 'Month' FROM hallmark.change_history WHERE account_id = 900001 AND collection = 'archives'),
    jsonb_build_object('File', 'old.ndjson', 'SHA256', encode(sha256('file'), 'hex'), 'Changes', '2', 'Gone', '{[1,2),[3,4)}'), 'it stands among the facts of the account');
SELECT matches(hallmark.archive_told(900001, 3), 'archived on .*old.ndjson', 'where it is now');
SELECT is(hallmark.archive_told(900001, 2), NULL, 'what is here was not archived');
SELECT throws_like(format('SELECT hallmark.archive_month(%L)', pg_temp.month(15)), '%archived already', 'not twice');

-- The next goes on from it.
SELECT is(pg_temp.drop_month(14, 2), '3', 'the next month');
SELECT is((SELECT string_agg(concat_ws(' ', account_id, changes, gone), ', ' ORDER BY account_id) FROM hallmark.archive
    WHERE month = to_date(pg_temp.month(14), 'YYYY-MM')), '0 0 {}, 900001 1 {[1,4)}, 900002 1 {[1,2)}', 'what is gone by then is told together');
SELECT throws_like(format('SELECT hallmark.archive_month(%L)', pg_temp.month(13)), '%not sealed yet', 'a month with a change that is not sealed');
SELECT pg_temp.seal(900002, :unsealed);
SELECT pg_temp.change(900001, '2001-01-01');
SELECT throws_like(format('SELECT hallmark.archive_month(%L)', pg_temp.month(13)), '%default partition', 'or with older ones that lie elsewhere');
UPDATE hallmark.history_retention SET months = 3;
SELECT is((SELECT count(*)::int FROM hallmark.change_history WHERE collection = 'retentions'), 1, 'how long is kept stands in the history');
SELECT is(hallmark.history_partitions_make(3), 0, 'what went is not made again');

-- What was recorded stays.
SELECT throws_ok('UPDATE hallmark.archive SET changes = 1', '23000', NULL, 'owner: an archive is not altered');
SELECT throws_ok('DELETE FROM hallmark.archive', '23000', NULL, 'owner: nor deleted');
SELECT throws_ok('TRUNCATE hallmark.archive', '23000', NULL, 'owner: nor truncated');

SELECT * FROM finish();
ROLLBACK;
