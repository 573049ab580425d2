/* SPDX-License-Identifier: Apache-2.0 */
#include "store/db.h"

#include "store/db_lane.h"

#include <assert.h>
#include <stdlib.h>

struct db {
    struct db_timers timers;
    struct db_conninfo *conninfo;
    struct lane_plan plans[DB_LANE__MAX];
    struct lane lanes[DB_LANE__MAX];
};

static bool is_of_lane(enum statement statement, enum statement_lane lane)
{
    return statement_row(statement)->lane == lane;
}

static bool is_read(enum statement statement)
{
    return is_of_lane(statement, STATEMENT_LANE_READ);
}

static bool is_write(enum statement statement)
{
    return is_of_lane(statement, STATEMENT_LANE_WRITE);
}

static bool is_list(enum statement statement)
{
    return is_of_lane(statement, STATEMENT_LANE_LIST);
}

static const struct lane_row {
    const char *name;
    bool (*prepares)(enum statement statement);
    const char *options;
    unsigned in_flight_max;
    bool batches;
} lane_rows[DB_LANE__MAX] = {
    [DB_LANE_READ] = {"read", is_read, "", LIMIT_DB_PIPELINE_MAX, true},
    [DB_LANE_WRITE] = {"write", is_write, "", 1, false},
    /* Lists have parameters that may be NULL: a plan made for the very values leaves out what they rule out. */
    [DB_LANE_LIST] = {"list", is_list, "-c plan_cache_mode=force_custom_plan", 1, false},
};

static const enum db_lane lane_of[] = {
    [STATEMENT_LANE_READ] = DB_LANE_READ,       [STATEMENT_LANE_WRITE] = DB_LANE_WRITE,
    [STATEMENT_LANE_LIST] = DB_LANE_LIST,       [STATEMENT_LANE_ADMIN] = DB_LANE_WRITE,
    [STATEMENT_LANE_ADMIN_LIST] = DB_LANE_LIST,
};

struct db *db_create(h2o_loop_t *loop, const struct db_settings *settings)
{
    const unsigned connections[DB_LANE__MAX] = {
        [DB_LANE_READ] = 1, [DB_LANE_WRITE] = settings->write_connections, [DB_LANE_LIST] = settings->list_connections};
    struct db *db = h2o_mem_alloc(sizeof(*db));
    db_timers_start(&db->timers, loop);
    db->conninfo = db_conninfo_create(settings->conninfo);
    for (enum db_lane lane = 0; lane < DB_LANE__MAX; ++lane) {
        const struct lane_row *row = &lane_rows[lane];
        db->plans[lane] = (struct lane_plan){.connection = {.name = row->name,
                                                            .conninfo = db->conninfo,
                                                            .options = row->options,
                                                            .prepares = row->prepares},
                                             .in_flight_max = row->in_flight_max,
                                             .batches = row->batches};
        db_lane_start(&db->lanes[lane], &db->timers, &db->plans[lane], connections[lane]);
    }
    return db;
}

void db_destroy(struct db *db)
{
    if (db == NULL)
        return;
    for (enum db_lane lane = 0; lane < DB_LANE__MAX; ++lane)
        db->lanes[lane].stopping = true; /* what a callback starts on another lane is refused as well */
    for (enum db_lane lane = 0; lane < DB_LANE__MAX; ++lane)
        db_lane_stop(&db->lanes[lane]);
    bool some = true;
    while (some) {
        some = false;
        for (enum db_lane lane = 0; lane < DB_LANE__MAX; ++lane)
            some |= db_lane_answer_refused(&db->lanes[lane]);
    }
    for (enum db_lane lane = 0; lane < DB_LANE__MAX; ++lane)
        db_lane_dispose(&db->lanes[lane]);
    db_timers_stop(&db->timers);
    db_conninfo_destroy(db->conninfo);
    free(db);
}

static struct db_call *call_create(db_call_cb *callback, void *cookie)
{
    struct db_call *call = h2o_mem_alloc(sizeof(*call));
    *call = (struct db_call){.callback = callback, .cookie = cookie};
    return call;
}

struct db_call *db_call_start(struct db *db, enum statement statement, const struct db_parameters *parameters,
                              db_call_cb *callback, void *cookie)
{
    const struct statement_row *row = statement_row(statement);
    enum db_lane lane = lane_of[row->lane];
    assert(parameters->count == row->parameters);
    struct db_call *call = call_create(callback, cookie);
    call->statement = statement;
    call->parameters = db_parameters_copy(parameters);
    db_lane_add(&db->lanes[lane], call);
    return call;
}

struct db_call *db_call_pause(struct db *db, int64_t ms, db_call_cb *callback, void *cookie)
{
    struct db_call *call = call_create(callback, cookie);
    db_lane_pause(&db->lanes[DB_LANE_READ], call, ms);
    return call;
}

void db_call_cancel(struct db_call **call)
{
    if (*call != NULL)
        db_lane_cancel(*call);
    *call = NULL;
}

struct db_backend db_call_backend(const struct db_call *call)
{
    return call->backend;
}

struct db_lane_state db_lane_state(const struct db *db, enum db_lane lane)
{
    assert(lane < DB_LANE__MAX);
    return db_lane_look(&db->lanes[lane]);
}
