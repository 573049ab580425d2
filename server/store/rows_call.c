/* SPDX-License-Identifier: Apache-2.0 */
#include "store/rows_call.h"

#include "store/row.h"

#include <stdlib.h>

struct rows_call {
    struct db_call *call;
    const struct row_table *table; /* NULL: only the number of rows counts */
    rows_cb *callback;
    void *cookie;
};

static void answered(enum db_outcome outcome, const struct db_result *result, void *cookie)
{
    struct rows_call call = *(struct rows_call *)cookie;
    free(cookie);
    if (outcome != DB_DONE || call.table == NULL) {
        call.callback(outcome, NULL, outcome == DB_DONE ? db_result_rows(result) : 0, call.cookie);
        return;
    }
    h2o_mem_pool_t pool;
    size_t count;
    h2o_mem_init_pool(&pool);
    void *rows = row_read_all(call.table, result, &pool, &count);
    call.callback(DB_DONE, rows, count, call.cookie);
    h2o_mem_clear_pool(&pool);
}

static struct rows_call *start(struct db *db, enum statement statement, const struct db_parameters *parameters,
                               const struct rows_call *how)
{
    struct rows_call *call = h2o_mem_alloc(sizeof(*call));
    *call = *how;
    call->call = db_call_start(db, statement, parameters, answered, call);
    return call;
}

struct rows_call *rows_call_start(struct db *db, const struct row_table *table, const struct db_parameters *parameters,
                                  rows_cb *callback, void *cookie)
{
    return start(db, table->statement, parameters,
                 &(struct rows_call){.table = table, .callback = callback, .cookie = cookie});
}

struct rows_call *rows_call_count(struct db *db, enum statement statement, const struct db_parameters *parameters,
                                  rows_cb *callback, void *cookie)
{
    return start(db, statement, parameters, &(struct rows_call){.callback = callback, .cookie = cookie});
}

void rows_call_cancel(struct rows_call **call)
{
    if (*call == NULL)
        return;
    db_call_cancel(&(*call)->call);
    free(*call);
    *call = NULL;
}
