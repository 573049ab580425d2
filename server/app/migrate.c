/* SPDX-License-Identifier: Apache-2.0 */
#include "app/migrate.h"

#include "app/admin.h"
#include "base/codec.h"
#include "base/text.h"

#include <stdio.h>

#define TABLE_MISSING "42P01"

/* What a migration's text is known by ever after. */
static h2o_iovec_t digest_of(h2o_mem_pool_t *pool, const struct migration *migration)
{
    uint8_t digest[DIGEST_BYTES];
    char *hex = h2o_mem_alloc_pool(pool, CODEC_HEX_LEN(DIGEST_BYTES));
    secret_digest(digest, slice_of(migration->sql));
    codec_hex_encode(hex, digest, DIGEST_BYTES);
    return (h2o_iovec_t){hex, CODEC_HEX_LEN(DIGEST_BYTES)};
}

/* The migrations that were applied must be ours, unaltered, without a gap. Leaves their number in *applied_out. */
static enum command_exit check_applied(const struct command_input *input, struct db_sync *db, size_t *applied_out)
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
        return command_failed("the database is at migration %zu, this program knows %zu: it is older than the database", rows, migration_count());
    for (size_t i = 0; i < rows; ++i) {
        const struct migration *migration = migration_at(i);
        if (db_result_i64(result, i, 0) != migration->number || !slice_equal(db_result_text(result, i, 2), digest_of(input->pool, migration)))
            return command_failed("migration %d (%s) was applied with another text than this program's: nothing is changed", migration->number, migration->name);
    }
    *applied_out = rows;
    return COMMAND_DONE;
}

/* The migration and the note that it was applied are one transaction. */
static enum command_exit apply(const struct command_input *input, struct db_sync *db, const struct migration *migration)
{
    const struct db_result *result = NULL;
    struct text script;
    text_start(&script, input->pool, strlen(migration->sql) + 512);
    text_add(&script, slice_of(migration->sql));
    text_add_format(&script, "\n;INSERT INTO hallmark.schema_migration (number, name, digest) VALUES (%d, '%s', '\\x%.*s')", migration->number,
                    migration->name, SLICE_ARGS(digest_of(input->pool, migration)));
    if (db_sync_script(db, text_slice(&script), &result) != DB_DONE)
        return command_failed("migration %d (%s) was not applied, nothing of it is left: %s", migration->number, migration->name, db_sync_message(db));
    printf("applied %04d %s\n", migration->number, migration->name);
    return COMMAND_DONE;
}

static enum command_exit migrate(const struct command_input *input, struct db_sync *db)
{
    size_t applied;
    const struct db_result *result = NULL;
    struct db_parameters none;
    db_parameters_start(&none);
    if (db_sync_run(db, STATEMENT_MIGRATION_LOCK, &none, &result) != DB_DONE)
        return admin_refused(db, result);
    enum command_exit exit_code = check_applied(input, db, &applied);
    if (exit_code == COMMAND_DONE && applied == migration_count())
        printf("nothing to do: the database is at migration %04d\n", migration_at(applied - 1)->number);
    for (size_t i = applied; exit_code == COMMAND_DONE && i < migration_count(); ++i)
        exit_code = apply(input, db, migration_at(i));
    return exit_code;
}

enum command_exit migrate_run(struct command_input *input)
{
    struct db_sync *db = admin_open(input);
    if (db == NULL)
        return COMMAND_FAILED;
    enum command_exit exit_code = migrate(input, db);
    db_sync_close(db);
    return exit_code;
}
