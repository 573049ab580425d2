/* SPDX-License-Identifier: Apache-2.0 */
#include "app/link_command.h"

#include "app/admin_table.h"
#include "app/print.h"

static enum command_exit create(const struct command_input *input, struct db_sync *db)
{
    const struct admin_row *row = admin_table_find("link", "create");
    struct db_parameters parameters;
    const struct db_result *result = NULL;
    db_parameters_start(&parameters);
    for (const struct admin_source *source = row->sources; source->kind != SOURCE_END; ++source) {
        if (!admin_add(input, source, &parameters))
            return COMMAND_USAGE;
    }
    admin_add_rest(row->statement, &parameters);
    if (db_sync_run(db, row->statement, &parameters, &result) != DB_DONE)
        return admin_refused(db, result);
    if (db_result_rows(result) == 0)
        return command_failed(
            "the key is no office's key (hallmark key create --office makes one), or there is no such "
            "template of the office");
    print_result(input, result, IDENT__MAX);
    return admin_wait_for_nodes(db) ? COMMAND_DONE : COMMAND_FAILED;
}

enum command_exit link_create_run(struct command_input *input)
{
    struct db_sync *db = admin_open(input);
    if (db == NULL)
        return COMMAND_FAILED;
    enum command_exit exit_code = create(input, db);
    db_sync_close(db);
    return exit_code;
}
