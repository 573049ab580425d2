/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_link.h"

#include "store/row.h"

#include <stdlib.h>

struct store_link_call {
    struct db_call *call;
    store_link_cb *found;
    store_link_accounts_cb *listed;
    void *cookie;
};

#define FOUND(field)  offsetof(struct link_row, field)
#define LISTED(field) offsetof(struct link_account_row, field)

static const struct row_column found_columns[] = {
    {"account_id", ROW_I64, FOUND(account_id)},  {"office_account_id", ROW_I64, FOUND(office_account_id)},
    {"client_id", ROW_TEXT, FOUND(client_id)},   {"active", ROW_BOOL, FOUND(active)},
    {"allowed", ROW_BOOL, FOUND(allowed)},       {"account_active", ROW_BOOL, FOUND(account_active)},
    {"api_access", ROW_BOOL, FOUND(api_access)}, {"template", ROW_TEXT, FOUND(template_name)},
    {"scopes", ROW_TEXT, FOUND(scopes)},         {"access_shut", ROW_TEXT, FOUND(access_shut)},
    {"generation", ROW_I64, FOUND(generation)},
};

static const struct row_column listed_columns[] = {
    {"account_id", ROW_I64, LISTED(account_id)},
    {"name", ROW_TEXT, LISTED(name)},
    {"state", ROW_TEXT, LISTED(state)},
    {"template_id", ROW_I64, LISTED(template_id)},
    {"template", ROW_TEXT, LISTED(template_name)},
    {"template_version", ROW_I64, LISTED(template_version)},
    {"scopes", ROW_TEXT, LISTED(scopes)},
};

const struct row_table store_link_found = {STATEMENT_LINK_FIND, found_columns,
                                           sizeof(found_columns) / sizeof(found_columns[0]), sizeof(struct link_row)};
const struct row_table store_link_listed = {STATEMENT_LINK_ACCOUNTS, listed_columns,
                                            sizeof(listed_columns) / sizeof(listed_columns[0]),
                                            sizeof(struct link_account_row)};

/* --- one link ---------------------------------------------------------------------------------------------------- */

static void link_found(enum db_outcome outcome, const struct db_result *result, void *cookie);

struct store_link_call *store_link_find(struct db *db, int64_t account_id, int64_t office_account_id,
                                        h2o_iovec_t client_id, store_link_cb *callback, void *cookie)
{
    struct store_link_call *call = h2o_mem_alloc(sizeof(*call));
    *call = (struct store_link_call){.found = callback, .cookie = cookie};
    struct db_parameters parameters;
    db_parameters_start(&parameters);
    db_add_i64(&parameters, account_id);
    db_add_i64(&parameters, office_account_id);
    db_add_text(&parameters, client_id);
    call->call = db_call_start(db, STATEMENT_LINK_FIND, &parameters, link_found, call);
    return call;
}

static void link_found(enum db_outcome outcome, const struct db_result *result, void *cookie)
{
    struct store_link_call call = *(struct store_link_call *)cookie;
    free(cookie);
    if (outcome != DB_DONE || db_result_rows(result) == 0) {
        call.found(outcome, NULL, call.cookie);
        return;
    }
    h2o_mem_pool_t pool;
    h2o_mem_init_pool(&pool);
    struct link_row row;
    row_read(&store_link_found, result, 0, &pool, &row);
    call.found(DB_DONE, &row, call.cookie);
    h2o_mem_clear_pool(&pool);
}

/* --- all links of a key ------------------------------------------------------------------------------------------ */

static void accounts_listed(enum db_outcome outcome, const struct db_result *result, void *cookie);

struct store_link_call *store_link_accounts(struct db *db, int64_t office_account_id, h2o_iovec_t client_id,
                                            int64_t only_account_id, int64_t after_id, int64_t most,
                                            store_link_accounts_cb *callback, void *cookie)
{
    struct store_link_call *call = h2o_mem_alloc(sizeof(*call));
    *call = (struct store_link_call){.listed = callback, .cookie = cookie};
    struct db_parameters parameters;
    db_parameters_start(&parameters);
    db_add_i64(&parameters, office_account_id);
    db_add_text(&parameters, client_id);
    db_add_i64(&parameters, only_account_id);
    db_add_i64(&parameters, after_id);
    db_add_i64(&parameters, most);
    call->call = db_call_start(db, STATEMENT_LINK_ACCOUNTS, &parameters, accounts_listed, call);
    return call;
}

static void accounts_listed(enum db_outcome outcome, const struct db_result *result, void *cookie)
{
    struct store_link_call call = *(struct store_link_call *)cookie;
    free(cookie);
    if (outcome != DB_DONE) {
        call.listed(outcome, NULL, 0, call.cookie);
        return;
    }
    h2o_mem_pool_t pool;
    h2o_mem_init_pool(&pool);
    size_t count;
    const struct link_account_row *rows = row_read_all(&store_link_listed, result, &pool, &count);
    call.listed(DB_DONE, rows, count, call.cookie);
    h2o_mem_clear_pool(&pool);
}

void store_link_cancel(struct store_link_call **call)
{
    if (*call == NULL)
        return;
    db_call_cancel(&(*call)->call);
    free(*call);
    *call = NULL;
}
