/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_history.h"

#include "store/row.h"

#include <stdlib.h>

struct store_history_call {
    struct db_call *call;
    store_history_cb *callback;
    void *cookie;
};

#define FIELD(field) offsetof(struct history_row, field)

static const struct row_column columns[] = {
    {"id", ROW_I64, FIELD(id)},
    {"at_us", ROW_I64, FIELD(at_us)},
    {"application_id", ROW_I64, FIELD(application_id)},
    {"holder_id", ROW_I64_OR_ZERO, FIELD(holder_id)},
    {"user_id", ROW_I64_OR_ZERO, FIELD(user_id)},
    {"record_id", ROW_I64, FIELD(record_id)},
    {"version", ROW_I64, FIELD(version)},
    {"application_name", ROW_TEXT, FIELD(application_name)},
    {"client_id", ROW_TEXT, FIELD(client_id)},
    {"key_name", ROW_TEXT, FIELD(key_name)},
    {"token_jti", ROW_TEXT, FIELD(token_jti)},
    {"method", ROW_TEXT, FIELD(method)},
    {"collection", ROW_TEXT, FIELD(collection)},
    {"external_references", ROW_TEXT, FIELD(external_references)},
    {"request_id", ROW_TEXT, FIELD(request_id)},
    {"before", ROW_TEXT, FIELD(before)},
    {"after", ROW_TEXT, FIELD(after)},
    {"person", ROW_TEXT, FIELD(person)},
    {"address", ROW_TEXT, FIELD(address)},
    {"digest", ROW_DIGEST, FIELD(digest)},
    {"office_account_id", ROW_I64, FIELD(office_account_id)},
    {"office_name", ROW_TEXT, FIELD(office_name)},
    {"archived", ROW_TEXT, FIELD(archived)},
};

const struct row_table store_history_rows = {STATEMENT_HISTORY_LIST, columns, sizeof(columns) / sizeof(columns[0]),
                                             sizeof(struct history_row)};

static void history_listed(enum db_outcome outcome, const struct db_result *result, void *cookie);

struct store_history_call *store_history_list(struct db *db, const struct history_query *query,
                                              store_history_cb *callback, void *cookie)
{
    struct store_history_call *call = h2o_mem_alloc(sizeof(*call));
    *call = (struct store_history_call){.callback = callback, .cookie = cookie};
    struct db_parameters parameters;
    db_parameters_start(&parameters);
    db_add_i64(&parameters, query->account_id);
    db_add_i64(&parameters, query->application_id);
    db_add_text(&parameters, query->client_id);
    db_add_text(&parameters, query->collection);
    db_add_i64(&parameters, query->record_id);
    db_add_i64(&parameters, query->user_id);
    db_add_i64(&parameters, query->from_us);
    db_add_i64(&parameters, query->to_us);
    db_add_i64(&parameters, query->before_id);
    db_add_i64(&parameters, query->limit);
    db_add_i64(&parameters, LIMIT_LIST_BYTES_MAX);
    call->call = db_call_start(db, STATEMENT_HISTORY_LIST, &parameters, history_listed, call);
    return call;
}

static void history_listed(enum db_outcome outcome, const struct db_result *result, void *cookie)
{
    struct store_history_call call = *(struct store_history_call *)cookie;
    free(cookie);
    if (outcome != DB_DONE) {
        call.callback(outcome, NULL, 0, call.cookie);
        return;
    }
    h2o_mem_pool_t pool;
    h2o_mem_init_pool(&pool);
    size_t count;
    const struct history_row *rows = row_read_all(&store_history_rows, result, &pool, &count);
    call.callback(DB_DONE, rows, count, call.cookie);
    h2o_mem_clear_pool(&pool);
}

void store_history_cancel(struct store_history_call **call)
{
    if (*call == NULL)
        return;
    db_call_cancel(&(*call)->call);
    free(*call);
    *call = NULL;
}
