/* SPDX-License-Identifier: Apache-2.0 */
#include "store/rows_call.h"

#include "store/row.h"

#include <stdlib.h>

struct rows_call {
    struct db_call *call;
    const struct row_table *table;
    rows_cb *callback;
    void *cookie;
};

static void answered(enum db_outcome outcome, const struct db_result *result, void *cookie)
{
    struct rows_call call = *(struct rows_call *)cookie;
    free(cookie);
    if (outcome != DB_DONE) {
        call.callback(outcome, NULL, 0, call.cookie);
        return;
    }
    h2o_mem_pool_t pool;
    size_t count;
    h2o_mem_init_pool(&pool);
    void *rows = row_read_all(call.table, result, &pool, &count);
    call.callback(DB_DONE, rows, count, call.cookie);
    h2o_mem_clear_pool(&pool);
}

struct rows_call *rows_call_start(struct db *db, const struct row_table *table, const struct db_parameters *parameters,
                                  rows_cb *callback, void *cookie)
{
    struct rows_call *call = h2o_mem_alloc(sizeof(*call));
    *call = (struct rows_call){.table = table, .callback = callback, .cookie = cookie};
    call->call = db_call_start(db, table->statement, parameters, answered, call);
    return call;
}

void rows_call_cancel(struct rows_call **call)
{
    if (*call == NULL)
        return;
    db_call_cancel(&(*call)->call);
    free(*call);
    *call = NULL;
}
