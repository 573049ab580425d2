/* SPDX-License-Identifier: Apache-2.0 */
#include "app/erase_command.h"

#include "app/admin.h"
#include "app/print.h"

#include <assert.h>

/* Requests that were under way at the first pass have ended at the second; each pass takes what the one before left. */
#define PASSES_MAX 5

struct erasing {
    const char *noun;
    enum statement statement;
    struct admin_source sources[4];
};

static const struct erasing kinds[] = {
    {"person", STATEMENT_PERSON_ERASE, {{SOURCE_IDENT, "user", IDENT_USER}, {0}}},
    {"record",
     STATEMENT_RECORD_ERASE,
     {{SOURCE_IDENT, "account", IDENT_ACCOUNT},
      {SOURCE_TEXT, "collection", IDENT__MAX},
      {SOURCE_NUMBER, "record", IDENT__MAX},
      {0}}},
};

struct sums {
    int64_t accounts, changes, erased, remaining;
};

/* One pass; what it took is added to the sums. */
static enum command_exit erase(const struct command_input *input, const struct erasing *kind, struct db_sync *db,
                               struct sums *sums, const struct db_result **result)
{
    struct db_parameters parameters;
    db_parameters_start(&parameters);
    for (const struct admin_source *source = kind->sources; source->kind != SOURCE_END; ++source) {
        if (!admin_add(input, source, &parameters))
            return COMMAND_USAGE;
    }
    db_add_i64(&parameters, sums->accounts);
    db_add_i64(&parameters, sums->changes);
    db_add_i64(&parameters, sums->erased);
    *result = NULL;
    if (db_sync_run(db, kind->statement, &parameters, result) != DB_DONE)
        return admin_refused(db, *result);
    *sums = (struct sums){db_result_i64(*result, 0, 0), db_result_i64(*result, 0, 1), db_result_i64(*result, 0, 2),
                          db_result_i64(*result, 0, 3)};
    return COMMAND_DONE;
}

static enum command_exit erase_all(const struct command_input *input, const struct erasing *kind, struct db_sync *db)
{
    struct sums sums = {0}, before;
    const struct db_result *result;
    int passes = 0;
    do {
        before = sums;
        enum command_exit exit_code = erase(input, kind, db, &sums, &result);
        if (exit_code != COMMAND_DONE)
            return exit_code;
        if (++passes == 1 && !admin_wait_for_nodes(db)) /* the person's keys work nowhere any more */
            return COMMAND_FAILED;
    } while ((passes == 1 || sums.erased > before.erased || sums.remaining > 0) && passes < PASSES_MAX);
    print_result(input, result, IDENT__MAX);
    return sums.remaining == 0 ? COMMAND_DONE
                               : command_failed("something is left, since it is being written; erase again");
}

enum command_exit erase_run(struct command_input *input)
{
    size_t kind = 0;
    while (strcmp(kinds[kind].noun, input->command->noun) != 0) {
        ++kind;
        assert(kind < sizeof(kinds) / sizeof(kinds[0]));
    }
    struct db_sync *db = admin_open(input);
    if (db == NULL)
        return COMMAND_FAILED;
    enum command_exit exit_code = erase_all(input, &kinds[kind], db);
    db_sync_close(db);
    return exit_code;
}
