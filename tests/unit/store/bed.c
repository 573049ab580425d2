/* SPDX-License-Identifier: Apache-2.0 */
#include "bed.h"

#include <stdlib.h>

#define READY_MS 5000

static bool starting; /* inside db_call_start: a callback now would break the contract */

int bed_setup(void **state)
{
    struct bed *bed = calloc(1, sizeof(*bed));
    bed->loop = h2o_evloop_create();
    bed->owner = database_owner();
    snprintf(bed->schema, sizeof(bed->schema), "store_test_%d", (int)getpid());
    database_run(bed->owner,
                 "drop schema if exists %1$s cascade; create schema %1$s; grant usage on schema %1$s to public; set "
                 "search_path = %1$s;"
                 "create table written (value bigint primary key);"
                 "create table checked_at_commit (value bigint unique deferrable initially deferred);"
                 "grant all on all tables in schema %1$s to public;"
                 "create function raise_read_only() returns int language plpgsql as"
                 " $$ begin raise exception 'cannot execute' using errcode = '25006'; end $$;"
                 "create function raise_state(state text) returns int language plpgsql as"
                 " $$ begin raise exception 'in the test' using errcode = state; end $$;"
                 "create table ended_at_commit (value bigint);"
                 "grant all on ended_at_commit to public;"
                 "create function end_backend() returns trigger language plpgsql as"
                 " $$ begin perform pg_terminate_backend(pg_backend_pid()); perform pg_sleep(1); return null; end $$;"
                 "create constraint trigger end_at_commit after insert on ended_at_commit"
                 " deferrable initially deferred for each row execute function end_backend()",
                 bed->schema);
    char options[128];
    snprintf(options, sizeof(options), "application_name=%1$s options='-c search_path=%1$s'", bed->schema);
    bed->relay = database_relay(options, &bed->conninfo);
    *state = bed;
    return 0;
}

int bed_teardown(void **state)
{
    struct bed *bed = *state;
    bed_close(bed);
    relay_stop(bed->relay);
    database_run(bed->owner, "drop schema %s cascade", bed->schema);
    PQfinish(bed->owner);
    for (int i = 0; i < 3; ++i)
        loop_turn(bed->loop); /* h2o frees a closed socket at the next turn */
    h2o_evloop_destroy(bed->loop);
    free(bed->conninfo);
    free(bed);
    return 0;
}

bool bed_is_ready(const struct bed *bed)
{
    for (enum db_lane lane = 0; lane < DB_LANE__MAX; ++lane) {
        struct db_lane_state state = db_lane_state(bed->db, lane);
        if (state.ready != state.connections)
            return false;
    }
    return true;
}

void bed_open(struct bed *bed, unsigned write_connections, unsigned list_connections)
{
    bed->db = db_create(bed->loop, &(struct db_settings){bed->conninfo, write_connections, list_connections});
    if (!LOOP_UNTIL(bed->loop, READY_MS, bed_is_ready(bed)))
        fail_msg("the lanes did not connect");
}

void bed_close(struct bed *bed)
{
    db_destroy(bed->db);
    bed->db = NULL;
}

static void on_answer(enum db_outcome outcome, const struct db_result *result, void *cookie)
{
    struct tally *tally = cookie;
    assert_false(starting);
    assert_int_equal(result != NULL, outcome == DB_DONE || outcome == DB_REFUSED);
    assert_true(tally->answered < tally->asked);
    ++tally->answered;
    ++tally->outcomes[outcome];
    tally->last_ms = loop_now_ms();
    if (outcome == DB_REFUSED)
        snprintf(tally->sqlstate, sizeof(tally->sqlstate), "%.*s", SLICE_ARGS(db_result_sqlstate(result)));
    if (outcome != DB_DONE)
        return;
    tally->rows = db_result_rows(result);
    char first = tally->rows == 0 ? '\0' : db_result_text(result, tally->rows - 1, 0).base[0];
    if (first >= '0' && first <= '9')
        tally->number = db_result_i64(result, tally->rows - 1, 0);
}

struct db_call *bed_ask_with(struct bed *bed, struct tally *tally, enum statement statement,
                             const struct db_parameters *parameters)
{
    ++tally->asked;
    starting = true;
    struct db_call *call = db_call_start(bed->db, statement, parameters, on_answer, tally);
    starting = false;
    return call;
}

struct db_call *bed_ask(struct bed *bed, struct tally *tally, enum statement statement, int64_t number)
{
    struct db_parameters parameters;
    db_parameters_start(&parameters);
    db_add_i64(&parameters, number);
    return bed_ask_with(bed, tally, statement, &parameters);
}

void bed_await(struct bed *bed, const struct tally *tally, int64_t ms)
{
    if (!LOOP_UNTIL(bed->loop, ms, tally->answered == tally->asked))
        fail_msg("%d of %d calls are not answered", tally->asked - tally->answered, tally->asked);
}
