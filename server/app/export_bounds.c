/* SPDX-License-Identifier: Apache-2.0 */
#include "app/export_bounds.h"

#include "app/admin.h"
#include "base/clock.h"

#include <time.h>

#define SEALING_WAIT_MS 15000
#define WITNESS_WAIT_MS 120000 /* who cosigns is another program on another machine */
#define SEALING_POLL_MS 100

enum outcome { OUTCOME_DONE, OUTCOME_NOT_YET, OUTCOME_FAILED /* it was said why */ };

struct reading {
    struct db_sync *db;
    h2o_mem_pool_t *pool;
    const struct export_demand *demand;
    int64_t export_id; /* of a closed one */
    struct export_bounds *out;
};

typedef enum outcome read_bounds(const struct reading *reading);

/* The log covers within a second what was committed, unless something holds it up. */
static bool wait_until(read_bounds *read, const struct reading *reading, const char *held_up)
{
    int64_t wait_ms = reading->demand->witnesses > 0 ? WITNESS_WAIT_MS : SEALING_WAIT_MS;
    int64_t deadline = clock_monotonic_ms() + wait_ms;
    enum outcome outcome;
    while ((outcome = read(reading)) == OUTCOME_NOT_YET && clock_monotonic_ms() < deadline)
        nanosleep(&(struct timespec){.tv_nsec = SEALING_POLL_MS * 1000000L}, NULL);
    if (outcome == OUTCOME_NOT_YET)
        command_failed("%s: see whether a node seals the history", held_up);
    return outcome == OUTCOME_DONE;
}

/* --- up to the newest checkpoint --------------------------------------------------------------------------------- */

int64_t export_bounds_uncovered(struct db_sync *db, int64_t account_id, const struct export_bounds *bounds)
{
    struct db_parameters parameters;
    const struct db_result *result;
    bool of_all = account_id == EXPORT_ALL_ACCOUNTS;
    db_parameters_start(&parameters);
    if (of_all)
        db_add_null(&parameters);
    else
        db_add_i64(&parameters, account_id);
    db_add_i64(&parameters, (int64_t)bounds->through);
    if (db_sync_run(db, STATEMENT_EXPORT_ERASURES, &parameters, &result) != DB_DONE)
        return -1;
    return db_result_i64(result, 0, 0) + (of_all ? 0 : db_result_i64(result, 0, 1));
}

static enum outcome failed(struct db_sync *db, const struct db_result *result)
{
    admin_refused(db, result);
    return OUTCOME_FAILED;
}

static enum outcome read_open(const struct reading *reading)
{
    struct db_parameters parameters;
    const struct db_result *result;
    db_parameters_start(&parameters);
    db_add_i64(&parameters, reading->demand->account_id);
    db_add_i64(&parameters, reading->demand->witnesses);
    if (db_sync_run(reading->db, STATEMENT_EXPORT_BOUNDS, &parameters, &result) != DB_DONE)
        return failed(reading->db, result);
    if (db_result_rows(result) == 0) {
        command_failed("nothing of the history was sealed yet, or not so many witnesses have cosigned");
        return OUTCOME_FAILED;
    }
    *reading->out = (struct export_bounds){.size = (uint64_t)db_result_i64(result, 0, 0),
                                           .through = (uint64_t)db_result_i64(result, 0, 0),
                                           .last_seq = (uint64_t)db_result_i64(result, 0, 2),
                                           .note = slice_copy(reading->pool, db_result_text(result, 0, 1))};
    int64_t uncovered = export_bounds_uncovered(reading->db, reading->demand->account_id, reading->out);
    if (uncovered < 0)
        command_failed("%s", db_sync_message(reading->db));
    return uncovered < 0 ? OUTCOME_FAILED : uncovered > 0 ? OUTCOME_NOT_YET : OUTCOME_DONE;
}

/* --- closed by a change of its own ------------------------------------------------------------------------------- */

static bool announce(struct reading *reading)
{
    struct db_parameters parameters;
    const struct db_result *result;
    db_parameters_start(&parameters);
    db_add_i64(&parameters, reading->demand->account_id);
    db_add_text(&parameters, reading->demand->nonce);
    if (db_sync_run(reading->db, STATEMENT_EXPORT_ANNOUNCE, &parameters, &result) != DB_DONE)
        return failed(reading->db, result) == OUTCOME_DONE;
    if (db_result_rows(result) == 0)
        command_failed("there is no such account");
    else
        reading->export_id = db_result_i64(result, 0, 0);
    return db_result_rows(result) == 1;
}

/* Whatever the account's history has behind the change is not in the export; an erasure from before it stands before
 * it. */
static enum outcome read_closed(const struct reading *reading)
{
    struct db_parameters parameters;
    const struct db_result *result;
    db_parameters_start(&parameters);
    db_add_i64(&parameters, reading->demand->account_id);
    db_add_i64(&parameters, reading->export_id);
    db_add_i64(&parameters, reading->demand->witnesses);
    if (db_sync_run(reading->db, STATEMENT_EXPORT_CLOSING, &parameters, &result) != DB_DONE)
        return failed(reading->db, result);
    if (db_result_rows(result) == 0)
        return OUTCOME_NOT_YET;
    *reading->out = (struct export_bounds){.last_seq = (uint64_t)db_result_i64(result, 0, 0),
                                           .through = (uint64_t)db_result_i64(result, 0, 1) + 1,
                                           .size = (uint64_t)db_result_i64(result, 0, 2),
                                           .note = slice_copy(reading->pool, db_result_text(result, 0, 3))};
    return OUTCOME_DONE;
}

/* --- either ------------------------------------------------------------------------------------------------------ */

bool export_bounds_read(struct db_sync *db, h2o_mem_pool_t *pool, const struct export_demand *demand,
                        struct export_bounds *out)
{
    struct reading reading = {.db = db, .pool = pool, .demand = demand, .out = out};
    if (demand->nonce.base == NULL)
        return wait_until(read_open, &reading, "an erasure or an archive is not sealed, or not cosigned, yet");
    return announce(&reading) &&
           wait_until(read_closed, &reading, "the change that closes the export is not sealed, or not cosigned, yet");
}
