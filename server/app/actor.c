/* SPDX-License-Identifier: Apache-2.0 */
#include "app/actor.h"

#include "store/store_actor.h"

#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

#define PASSWD_BYTES 4096

static bool set(struct db_sync *db, h2o_iovec_t program, h2o_iovec_t person)
{
    h2o_mem_pool_t pool;
    struct db_parameters parameters;
    const struct db_result *result;
    h2o_mem_init_pool(&pool);
    db_parameters_start(&parameters);
    db_add_text(&parameters,
                store_actor_text(&pool, &(struct record_author){.application_name = program, .person_name = person}));
    bool done = db_sync_run(db, STATEMENT_ACTOR_SET, &parameters, &result) == DB_DONE;
    h2o_mem_clear_pool(&pool);
    return done;
}

bool actor_is_command_line(struct db_sync *db)
{
    char buffer[PASSWD_BYTES], number[24];
    struct passwd entry, *found = NULL;
    snprintf(number, sizeof(number), "uid %u", (unsigned)getuid());
    if (getpwuid_r(getuid(), &entry, buffer, sizeof(buffer), &found) != 0 || found == NULL)
        return set(db, SLICE("hallmark command line"), slice_of(number));
    return set(db, SLICE("hallmark command line"), slice_of(found->pw_name));
}

bool actor_is_server(struct db_sync *db)
{
    return set(db, SLICE("hallmark server"), SLICE_NONE);
}
