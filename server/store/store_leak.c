/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_leak.h"

#include "store/row.h"

#include <stdlib.h>

struct store_leak_call {
    struct db_call *call;
    store_leak_cb *callback;
    void *cookie;
};

static const struct row_column columns[] = {
    {"client_id", ROW_TEXT, offsetof(struct leak_row, client_id)},
    {"name", ROW_TEXT, offsetof(struct leak_row, name)},
    {"secret_number", ROW_I64, offsetof(struct leak_row, secret_number)},
    {"generation", ROW_I64, offsetof(struct leak_row, generation)},
};

const struct row_table store_leak_rows = {STATEMENT_LEAK_END, columns, sizeof(columns) / sizeof(columns[0]),
                                          sizeof(struct leak_row)};

static void leak_ended(enum db_outcome outcome, const struct db_result *result, void *cookie);

struct store_leak_call *store_leak_end(struct db *db, enum leak_kind kind, int64_t account_id,
                                       const uint8_t digest[static DIGEST_BYTES], h2o_iovec_t actor,
                                       store_leak_cb *callback, void *cookie)
{
    static const enum statement statements[] = {STATEMENT_LEAK_END, STATEMENT_LEAK_REFRESH}; /* with the same columns */
    struct store_leak_call *call = h2o_mem_alloc(sizeof(*call));
    *call = (struct store_leak_call){.callback = callback, .cookie = cookie};
    struct db_parameters parameters;
    db_parameters_start(&parameters);
    db_add_i64(&parameters, account_id);
    db_add_bytes(&parameters, (h2o_iovec_t){(char *)digest, DIGEST_BYTES});
    db_add_text(&parameters, actor);
    call->call = db_call_start(db, statements[kind], &parameters, leak_ended, call);
    return call;
}

static void leak_ended(enum db_outcome outcome, const struct db_result *result, void *cookie)
{
    struct store_leak_call call = *(struct store_leak_call *)cookie;
    free(cookie);
    if (outcome != DB_DONE || db_result_rows(result) == 0) {
        call.callback(outcome, NULL, call.cookie);
        return;
    }
    h2o_mem_pool_t pool;
    h2o_mem_init_pool(&pool);
    struct leak_row row;
    row_read(&store_leak_rows, result, 0, &pool, &row);
    call.callback(DB_DONE, &row, call.cookie);
    h2o_mem_clear_pool(&pool);
}

void store_leak_cancel(struct store_leak_call **call)
{
    if (*call == NULL)
        return;
    db_call_cancel(&(*call)->call);
    free(*call);
    *call = NULL;
}
