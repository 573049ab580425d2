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
    DB_DONE,    /* rows are there (maybe none), and what was written is committed */
    DB_BUSY,    /* not sent: no connection, or the lane's queue is full, or the deadline passed while it waited; nothing was done */
    DB_LOST,    /* sent, but the connection broke or the deadline passed: a read failed, a write may or may not have been done */
    DB_REFUSED, /* the database answered with an error: see db_result_sqlstate; nothing was done */
};

struct db;        /* a thread's lanes; opaque */
struct db_call;   /* one call under way; opaque, owned by the lane */
struct db_result; /* rows, or an error; opaque, owned by the lane, valid only inside the callback */

struct db_settings {
    const char *conninfo; /* libpq connection string or URI; libpq's own environment variables fill what it leaves out */
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
void db_add_text(struct db_parameters *parameters, h2o_iovec_t text);  /* base NULL: SQL NULL. Binary format of text: no NUL needed */
void db_add_bytes(struct db_parameters *parameters, h2o_iovec_t bytes); /* bytea; base NULL: SQL NULL */
void db_add_i64(struct db_parameters *parameters, int64_t value);
void db_add_bool(struct db_parameters *parameters, bool value);
void db_add_null(struct db_parameters *parameters);

/* Starts to connect at once; never blocks. Belongs to the thread of `loop`. */
struct db *db_create(h2o_loop_t *loop, const struct db_settings *settings);

/* Every call that is left is answered with DB_BUSY or DB_LOST inside. */
void db_destroy(struct db *db);

typedef void db_call_cb(enum db_outcome outcome, const struct db_result *result, void *cookie);

/* Starts a statement on its lane (the lane stands in the statement's file). The parameters are copied. The callback fires exactly once,
 * never inside this function (a failure is told on the next turn of the loop), and never after db_call_cancel. `result` is NULL
 * for DB_BUSY and DB_LOST. A call that waits or runs longer than LIMIT_DB_STATEMENT_MS ends as DB_BUSY or DB_LOST. */
struct db_call *db_call_start(struct db *db, enum statement statement, const struct db_parameters *parameters,
                              db_call_cb *callback, void *cookie);

/* Forgets the answer, not the effect: a write that was sent may still be done. *call becomes NULL; NULL inside is a no-op. */
void db_call_cancel(struct db_call **call);

/* Which backend ran the call that is being answered: for a DB_LOST write whose fate has to be found out. Valid inside the callback. */
struct db_backend {
    int64_t pid;
    int64_t started_us; /* pg_stat_activity.backend_start, microseconds since 1970 */
};
struct db_backend db_call_backend(const struct db_call *call);

size_t db_result_rows(const struct db_result *result);
size_t db_result_columns(const struct db_result *result);
h2o_iovec_t db_result_column_name(const struct db_result *result, size_t column);
bool db_result_is_null(const struct db_result *result, size_t row, size_t column);
h2o_iovec_t db_result_text(const struct db_result *result, size_t row, size_t column);  /* SLICE_NONE for NULL; bytes stay in the result */
int64_t db_result_i64(const struct db_result *result, size_t row, size_t column);       /* asserts a number that is not NULL */
bool db_result_bool(const struct db_result *result, size_t row, size_t column);
/* bytea (results come in text format, so this decodes hex into the pool). */
h2o_iovec_t db_result_bytes(const struct db_result *result, size_t row, size_t column, h2o_mem_pool_t *pool);
h2o_iovec_t db_result_sqlstate(const struct db_result *result); /* five characters of a DB_REFUSED result */
h2o_iovec_t db_result_message(const struct db_result *result);  /* its primary message: for our log, never for a client */

/* For metrics and readiness. */
struct db_lane_state {
    unsigned connections, ready, in_flight, waiting;
    uint64_t lost, refused_busy;
};
struct db_lane_state db_lane_state(const struct db *db, enum db_lane lane);

#endif
