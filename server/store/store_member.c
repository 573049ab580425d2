/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_member.h"

#include "store/row.h"

#include <stdlib.h>

struct store_member_call {
    struct db_call *call;
    store_member_cb *callback;
    void *cookie;
};

#define FIELD(field) offsetof(struct member_row, field)

static const struct row_column columns[] = {
    {"account_id", ROW_I64, FIELD(account_id)},
    {"user_id", ROW_I64, FIELD(user_id)},
    {"name", ROW_TEXT, FIELD(name)},
    {"permissions", ROW_TEXT, FIELD(permissions)},
    {"active", ROW_BOOL, FIELD(active)},
    {"account_active", ROW_BOOL, FIELD(account_active)},
    {"api_access", ROW_BOOL, FIELD(api_access)},
    {"access_shut", ROW_TEXT, FIELD(access_shut)},
    {"generation", ROW_I64, FIELD(generation)},
};

const struct row_table store_member_rows = {STATEMENT_MEMBER_FIND, columns, sizeof(columns) / sizeof(columns[0]),
                                            sizeof(struct member_row)};

static void member_found(enum db_outcome outcome, const struct db_result *result, void *cookie);

struct store_member_call *store_member_find(struct db *db, int64_t account_id, int64_t user_id,
                                            store_member_cb *callback, void *cookie)
{
    struct store_member_call *call = h2o_mem_alloc(sizeof(*call));
    *call = (struct store_member_call){.callback = callback, .cookie = cookie};
    struct db_parameters parameters;
    db_parameters_start(&parameters);
    db_add_i64(&parameters, account_id);
    db_add_i64(&parameters, user_id);
    call->call = db_call_start(db, STATEMENT_MEMBER_FIND, &parameters, member_found, call);
    return call;
}

static void member_found(enum db_outcome outcome, const struct db_result *result, void *cookie)
{
    struct store_member_call call = *(struct store_member_call *)cookie;
    free(cookie);
    if (outcome != DB_DONE || db_result_rows(result) == 0) {
        call.callback(outcome, NULL, call.cookie);
        return;
    }
    h2o_mem_pool_t pool;
    h2o_mem_init_pool(&pool);
    struct member_row row;
    row_read(&store_member_rows, result, 0, &pool, &row);
    call.callback(DB_DONE, &row, call.cookie);
    h2o_mem_clear_pool(&pool);
}

void store_member_cancel(struct store_member_call **call)
{
    if (*call == NULL)
        return;
    db_call_cancel(&(*call)->call);
    free(*call);
    *call = NULL;
}
