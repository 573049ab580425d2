/* SPDX-License-Identifier: Apache-2.0 */
/* The way to PostgreSQL for one thread: three lanes, so that a slow kind of work never stands before a quick one.
 *
 *   read   one connection in pipeline mode, many calls in flight, one sync a loop turn; for point reads only
 *   write  several connections, one call in flight on each, so that PostgreSQL groups their commits
 *   list   connections of their own for what may take long: lists, exports, histories
 *
 * A call is one statement. It is answered once its sync has come, since only then is its transaction committed. */
#ifndef HALLMARK_STORE_DB_H
#define HALLMARK_STORE_DB_H

#include "base/limits.h"
#include "base/slice.h"
#include "store/statement.h"
#include <h2o.h>

enum db_lane { DB_LANE_READ, DB_LANE_WRITE, DB_LANE_LIST, DB_LANE__MAX };

enum db_outcome {
    DB_DONE, /* rows are there (maybe none), and what was written is committed */
    DB_BUSY, /* nothing was done, and it may be asked again: no connection, the lane's queue is full, the deadline
              * passed while it waited, or the database gave it up (shutting down, out of room, statement_timeout,
              * deadlock, ...) */
    DB_LOST, /* sent, but the connection broke or the deadline passed: a read failed, a write may or may not have been
                done */
    DB_REFUSED, /* the database answered with an error: see db_result_sqlstate; nothing was done */
};

struct db;        /* a thread's lanes; opaque */
struct db_call;   /* one call under way; opaque, owned by the lane */
struct db_result; /* rows, or an error; opaque, owned by the lane, valid only inside the callback */

struct db_settings {
    /* libpq connection string or URI; libpq's own environment variables fill what it leaves out. Hosts: socket folders,
     * addresses, or names. Names are looked up once, in db_create, since a look-up on the loop would stop the thread;
     * names in a service file are not looked up there and therefore must not be used. With several hosts the writable
     * one is used unless target_session_attrs says otherwise. */
    const char *conninfo;
    unsigned write_connections, list_connections; /* of one thread; at least 1 each */
};

/* Parameters of one statement, in order. Texts are borrowed until db_call_start returns. */
struct db_parameters {
    const char *values[LIMIT_DB_PARAMETERS_MAX];
    int lengths[LIMIT_DB_PARAMETERS_MAX];
    int formats[LIMIT_DB_PARAMETERS_MAX]; /* 0 text, 1 binary */
    char numbers[LIMIT_DB_PARAMETERS_MAX][24];
    int count;
};

static inline void db_parameters_start(struct db_parameters *parameters)
{
    parameters->count = 0;
}
/* Sent as text, so for any type that SQL reads from text; base NULL: SQL NULL. A NUL inside is refused by the database.
 */
void db_add_text(struct db_parameters *parameters, h2o_iovec_t text);
void db_add_bytes(struct db_parameters *parameters, h2o_iovec_t bytes); /* bytea; base NULL: SQL NULL */
void db_add_i64(struct db_parameters *parameters, int64_t value);
void db_add_bool(struct db_parameters *parameters, bool value);
void db_add_null(struct db_parameters *parameters);

/* Starts to connect at once, and never blocks but for host names that have to be looked up. Belongs to the thread of
 * `loop`. */
struct db *db_create(h2o_loop_t *loop, const struct db_settings *settings);

/* Every call that is left is answered with DB_BUSY or DB_LOST inside. What is started inside those callbacks is
 * answered DB_BUSY, pauses too: whoever asks again has to give up when even the pause is refused. Never inside a
 * callback. NULL is a no-op. */
void db_destroy(struct db *db);

typedef void db_call_cb(enum db_outcome outcome, const struct db_result *result, void *cookie);

/* Starts a statement on its lane (the lane stands in the statement's file). The parameters are copied. The callback
 * fires exactly once, never inside this function (a failure is told on the next turn of the loop), and never after
 * db_call_cancel. `result` is NULL for DB_BUSY and DB_LOST. A call that waits longer than LIMIT_DB_WAIT_MS ends as
 * DB_BUSY, one that waits and runs longer than LIMIT_DB_STATEMENT_MS as DB_LOST. While a lane has no connection and
 * could not make one, its calls are DB_BUSY at once. */
struct db_call *db_call_start(struct db *db, enum statement statement, const struct db_parameters *parameters,
                              db_call_cb *callback, void *cookie);

/* A call that runs nothing and ends as DB_DONE without a result after at least `ms`: for asking again later. */
struct db_call *db_call_pause(struct db *db, int64_t ms, db_call_cb *callback, void *cookie);

/* Forgets the answer, not the effect: a write that was sent may still be done. *call becomes NULL; NULL inside is a
 * no-op, and so is cancelling a call inside its own callback. */
void db_call_cancel(struct db_call **call);

/* Which backend ran the call that is being answered: for a DB_LOST write whose fate has to be found out. Valid inside
 * the callback. */
struct db_backend {
    int64_t pid;
    int64_t started_us; /* pg_stat_activity.backend_start, microseconds since 1970 */
};
struct db_backend db_call_backend(const struct db_call *call);

size_t db_result_rows(const struct db_result *result);
size_t db_result_columns(const struct db_result *result);
h2o_iovec_t db_result_column_name(const struct db_result *result, size_t column);
/* What a column's values are, for those who print them. */
enum db_kind { DB_KIND_TEXT, DB_KIND_NUMBER, DB_KIND_BOOLEAN, DB_KIND_JSON, DB_KIND_MOMENT };
enum db_kind db_result_kind(const struct db_result *result, size_t column);
bool db_result_is_null(const struct db_result *result, size_t row, size_t column);
h2o_iovec_t db_result_text(const struct db_result *result, size_t row,
                           size_t column); /* SLICE_NONE for NULL; bytes stay in the result */
int64_t db_result_i64(const struct db_result *result, size_t row,
                      size_t column); /* asserts a number that is not NULL */
bool db_result_bool(const struct db_result *result, size_t row, size_t column);
/* bytea (results come in text format, so this decodes hex into the pool). */
h2o_iovec_t db_result_bytes(const struct db_result *result, size_t row, size_t column, h2o_mem_pool_t *pool);
h2o_iovec_t db_result_sqlstate(const struct db_result *result);   /* five characters of a DB_REFUSED result */
h2o_iovec_t db_result_constraint(const struct db_result *result); /* which one was violated; SLICE_NONE: none */
h2o_iovec_t
db_result_message(const struct db_result *result); /* its primary message: for our log, never for a client */

/* For metrics and readiness. */
struct db_lane_state {
    unsigned connections, ready, in_flight, waiting;
    uint64_t lost, refused_busy;
};
struct db_lane_state db_lane_state(const struct db *db, enum db_lane lane);

#endif
