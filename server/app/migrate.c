/* SPDX-License-Identifier: Apache-2.0 */
#include "app/migrate.h"

#include "app/admin.h"

#include <stdio.h>

#define TABLE_MISSING "42P01"

/* The migrations that were applied must be ours, unaltered, without a gap. Leaves their number in *applied_out. */
static enum command_exit check_applied(struct db_sync *db, size_t *applied_out)
{
    const struct db_result *result = NULL;
    struct db_parameters none;
    db_parameters_start(&none);
    enum db_outcome outcome = db_sync_run(db, STATEMENT_MIGRATION_LIST, &none, &result);
    *applied_out = 0;
    if (outcome == DB_REFUSED && slice_equal(db_result_sqlstate(result), SLICE(TABLE_MISSING)))
        return COMMAND_DONE;
    if (outcome != DB_DONE)
        return admin_refused(db, result);
    size_t rows = db_result_rows(result);
    if (rows > migration_count())
        return command_failed("the database is at migration %zu, this program knows %zu: it is older than the database",
                              rows, migration_count());
    for (size_t i = 0; i < rows; ++i) {
        const struct migration *migration = migration_at(i);
        if (db_result_i64(result, i, 0) != migration->number ||
            !slice_equal(db_result_text(result, i, 2), slice_of(migration->digest))) /* not secret: a published text */
            return command_failed(
                "migration %d (%s) was applied with another text than this program's: nothing is changed",
                migration->number, migration->name);
    }
    *applied_out = rows;
    return COMMAND_DONE;
}

/* The embedded text ends with the note that it was applied: both are one transaction. */
static enum command_exit apply(struct db_sync *db, const struct migration *migration)
{
    const struct db_result *result = NULL;
    if (db_sync_script(db, slice_of(migration->sql), &result) != DB_DONE)
        return command_failed("migration %d (%s) was not applied, nothing of it is left: %s", migration->number,
                              migration->name, db_sync_message(db));
    printf("applied %04d %s\n", migration->number, migration->name);
    return COMMAND_DONE;
}

/* A database that was restored into another cluster: its history goes on in a new epoch. */
static enum command_exit begin_epoch(struct db_sync *db)
{
    const struct db_result *result = NULL;
    struct db_parameters none;
    db_parameters_start(&none);
    return db_sync_run(db, STATEMENT_EPOCH_BEGIN, &none, &result) == DB_DONE ? COMMAND_DONE : admin_refused(db, result);
}

static enum command_exit migrate(struct db_sync *db)
{
    size_t applied;
    const struct db_result *result = NULL;
    struct db_parameters none;
    db_parameters_start(&none);
    if (db_sync_run(db, STATEMENT_MIGRATION_LOCK, &none, &result) != DB_DONE)
        return admin_refused(db, result);
    enum command_exit exit_code = check_applied(db, &applied);
    if (exit_code == COMMAND_DONE && applied == migration_count())
        printf("nothing to do: the database is at migration %04d\n", migration_at(applied - 1)->number);
    for (size_t i = applied; exit_code == COMMAND_DONE && i < migration_count(); ++i)
        exit_code = apply(db, migration_at(i));
    return exit_code == COMMAND_DONE ? begin_epoch(db) : exit_code;
}

enum command_exit migrate_run(struct command_input *input)
{
    struct db_sync *db = admin_open(input);
    if (db == NULL)
        return COMMAND_FAILED;
    enum command_exit exit_code = migrate(db);
    db_sync_close(db);
    return exit_code;
}
