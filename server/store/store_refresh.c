/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_refresh.h"

#include "store/row.h"

#include <stdlib.h>

struct store_refresh_call {
    struct db_call *call;
    store_refresh_cb *callback;
    void *cookie;
};

#define FIELD(field) offsetof(struct refresh_row, field)

static const struct row_column columns[] = {
    {"user_id", ROW_I64, FIELD(user_id)},     {"grant_id", ROW_I64, FIELD(grant_id)},
    {"family_id", ROW_I64, FIELD(family_id)}, {"scopes", ROW_TEXT, FIELD(scopes)},
    {"resource", ROW_TEXT, FIELD(resource)},  {"issued_us", ROW_I64, FIELD(issued_us)},
    {"ends_us", ROW_I64, FIELD(ends_us)},     {"generation", ROW_I64, FIELD(generation)},
};

const struct row_table store_refresh_rows = {STATEMENT_REFRESH_FIND, columns, sizeof(columns) / sizeof(columns[0]),
                                             sizeof(struct refresh_row)};

static void refresh_found(enum db_outcome outcome, const struct db_result *result, void *cookie);

struct store_refresh_call *store_refresh_find(struct db *db, int64_t account_id,
                                              const uint8_t digest[static DIGEST_BYTES], h2o_iovec_t client_id,
                                              store_refresh_cb *callback, void *cookie)
{
    struct store_refresh_call *call = h2o_mem_alloc(sizeof(*call));
    *call = (struct store_refresh_call){.callback = callback, .cookie = cookie};
    struct db_parameters parameters;
    db_parameters_start(&parameters);
    db_add_i64(&parameters, account_id);
    db_add_bytes(&parameters, (h2o_iovec_t){(char *)digest, DIGEST_BYTES});
    db_add_text(&parameters, client_id);
    call->call = db_call_start(db, STATEMENT_REFRESH_FIND, &parameters, refresh_found, call);
    return call;
}

static void refresh_found(enum db_outcome outcome, const struct db_result *result, void *cookie)
{
    struct store_refresh_call call = *(struct store_refresh_call *)cookie;
    free(cookie);
    if (outcome != DB_DONE || db_result_rows(result) == 0) {
        call.callback(outcome, NULL, call.cookie);
        return;
    }
    h2o_mem_pool_t pool;
    h2o_mem_init_pool(&pool);
    struct refresh_row row;
    row_read(&store_refresh_rows, result, 0, &pool, &row);
    call.callback(DB_DONE, &row, call.cookie);
    h2o_mem_clear_pool(&pool);
}

void store_refresh_cancel(struct store_refresh_call **call)
{
    if (*call == NULL)
        return;
    db_call_cancel(&(*call)->call);
    free(*call);
    *call = NULL;
}
