/* SPDX-License-Identifier: Apache-2.0 */
#include "app/admin.h"

#include "app/actor.h"
#include "app/admin_table.h"
#include "app/history_note.h"
#include "app/print.h"
#include "base/clock.h"

#include <assert.h>
#include <stdlib.h>
#include <time.h>

#define NODES_WAIT_MS      10000
#define NODES_POLL_MS      10
#define UNIQUE_VIOLATED    "23505"
#define CHECK_VIOLATED     "23514"
#define REFERENCE_VIOLATED "23503"
#define PRIVILEGE_MISSING  "42501"

struct db_sync *admin_open(const struct command_input *input)
{
    char *message = NULL;
    const struct configuration *configuration = input->configuration;
    const char *url = configuration->migration_url != NULL ? configuration->migration_url : configuration->database_url;
    struct db_sync *db = db_sync_open(url, &message);
    if (db == NULL) {
        command_failed("the database cannot be reached: %s", message);
    } else if (!actor_is_command_line(db)) {
        command_failed("%s", db_sync_message(db));
        db_sync_close(db);
        db = NULL;
    }
    free(message);
    return db;
}

struct db_sync *admin_open_with_master_key(const struct command_input *input, enum command_exit *exit_out)
{
    char *message = NULL;
    if (!configuration_read_master_key(input->configuration, &message)) {
        *exit_out = command_usage("%s", message);
        free(message);
        return NULL;
    }
    *exit_out = COMMAND_FAILED;
    return admin_open(input);
}

void admin_add_rest(enum statement statement, struct db_parameters *parameters)
{
    while (parameters->count < statement_row(statement)->parameters)
        db_add_null(parameters);
}

enum command_exit admin_refused(struct db_sync *db, const struct db_result *result)
{
    static const struct {
        h2o_iovec_t sqlstate;
        const char *text;
    } known[] = {
        {{(char *)UNIQUE_VIOLATED, 5}, "there is one already"},
        {{(char *)CHECK_VIOLATED, 5}, "a value is not allowed"},
        {{(char *)REFERENCE_VIOLATED, 5},
         "it names something that does not exist, or something else still refers to it"},
        {{(char *)PRIVILEGE_MISSING, 5},
         "this database role may not do that; set HALLMARK_MIGRATION_URL to one that may"},
    };
    h2o_iovec_t sqlstate = result == NULL ? SLICE_NONE : db_result_sqlstate(result);
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); ++i) {
        if (slice_equal(sqlstate, known[i].sqlstate))
            return command_failed("%s (%s)", known[i].text, db_sync_message(db));
    }
    return command_failed("%s", db_sync_message(db));
}

static int64_t ask_number(struct db_sync *db, enum statement statement, const int64_t *argument)
{
    struct db_parameters parameters;
    const struct db_result *result;
    db_parameters_start(&parameters);
    if (argument != NULL)
        db_add_i64(&parameters, *argument);
    if (db_sync_run(db, statement, &parameters, &result) != DB_DONE || db_result_rows(result) == 0)
        return -1;
    return db_result_i64(result, 0, 0);
}

bool admin_wait_for_nodes(struct db_sync *db)
{
    int64_t last = ask_number(db, STATEMENT_POLICY_CHANGE_LAST, NULL), behind = -1;
    int64_t deadline = clock_monotonic_ms() + NODES_WAIT_MS;
    while (last >= 0 && (behind = ask_number(db, STATEMENT_NODES_BEHIND, &last)) > 0 && clock_monotonic_ms() < deadline)
        nanosleep(&(struct timespec){.tv_nsec = NODES_POLL_MS * 1000000L}, NULL);
    if (behind == 0)
        return true;
    command_failed("the change is stored, but not every node has confirmed it yet; look at their logs");
    return false;
}

/* A question to the history names the account first; the other commands of this noun tell nothing of it. */
static bool note_question(const struct command_input *input, struct db_sync *db)
{
    int64_t account_id;
    return ident_parse(IDENT_ACCOUNT, slice_of(command_value(input, "account")), &account_id) &&
           history_note(input, db, account_id);
}

static enum command_exit run_row(const struct command_input *input, const struct admin_row *row, struct db_sync *db)
{
    struct db_parameters parameters;
    const struct db_result *result = NULL;
    db_parameters_start(&parameters);
    for (const struct admin_source *source = row->sources; source->kind != SOURCE_END; ++source) {
        if (!admin_add(input, source, &parameters))
            return COMMAND_USAGE;
    }
    admin_add_rest(row->statement, &parameters);
    if (strcmp(row->noun, "history") == 0 && row->sources[0].kind == SOURCE_IDENT && !note_question(input, db))
        return COMMAND_FAILED;
    if (db_sync_run(db, row->statement, &parameters, &result) != DB_DONE)
        return admin_refused(db, result);
    if (row->one && db_result_rows(result) == 0)
        return command_failed("there is no such %s", row->noun);
    print_result(input, result, row->id_kind);
    return !row->changes || admin_wait_for_nodes(db) ? COMMAND_DONE : COMMAND_FAILED;
}

enum command_exit admin_run(struct command_input *input)
{
    const struct admin_row *row = admin_table_find(input->command->noun, input->command->verb);
    assert(row != NULL);
    struct db_sync *db = admin_open(input);
    if (db == NULL)
        return COMMAND_FAILED;
    enum command_exit exit_code = run_row(input, row, db);
    db_sync_close(db);
    return exit_code;
}
