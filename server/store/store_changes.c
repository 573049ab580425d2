/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_changes.h"

#include "base/text.h"
#include "store/row.h"

#include <stdlib.h>

struct changes_call {
    struct db_call *call;
    store_changes_cb *listed;
    store_changes_heads_cb *heads;
    void *cookie;
};

#define FIELD(field)  offsetof(struct change_row, field)
#define CHANGE(field) FIELD(row.field)

static const struct row_column columns[] = {
    {"id", ROW_I64, CHANGE(id)},
    {"at_us", ROW_I64, CHANGE(at_us)},
    {"application_id", ROW_I64, CHANGE(application_id)},
    {"holder_id", ROW_I64, CHANGE(holder_id)},
    {"user_id", ROW_I64, CHANGE(user_id)},
    {"record_id", ROW_I64, CHANGE(record_id)},
    {"version", ROW_I64, CHANGE(version)},
    {"application_name", ROW_TEXT, CHANGE(application_name)},
    {"client_id", ROW_TEXT, CHANGE(client_id)},
    {"key_name", ROW_TEXT, CHANGE(key_name)},
    {"token_jti", ROW_TEXT, CHANGE(token_jti)},
    {"method", ROW_TEXT, CHANGE(method)},
    {"collection", ROW_TEXT, CHANGE(collection)},
    {"external_references", ROW_TEXT, CHANGE(external_references)},
    {"request_id", ROW_TEXT, CHANGE(request_id)},
    {"before", ROW_TEXT, CHANGE(before)},
    {"after", ROW_TEXT, CHANGE(after)},
    {"person", ROW_TEXT, CHANGE(person)},
    {"address", ROW_TEXT, CHANGE(address)},
    {"digest", ROW_DIGEST, CHANGE(digest)},
    {"office_account_id", ROW_I64, CHANGE(office_account_id)},
    {"office_name", ROW_TEXT, CHANGE(office_name)},
    {"sequence", ROW_I64, FIELD(sequence)},
    {"next_place", ROW_I64, FIELD(next_place)},
    {"more", ROW_BOOL, FIELD(more)},
    {"archived", ROW_TEXT, FIELD(archived)},
    {"resumes", ROW_I64, FIELD(resumes)},
};

const struct row_table store_changes_rows = {STATEMENT_CHANGES_LIST, columns, sizeof(columns) / sizeof(columns[0]),
                                             sizeof(struct change_row)};

/* --- a page ------------------------------------------------------------------------------------------------------ */

static void changes_listed(enum db_outcome outcome, const struct db_result *result, void *cookie);

struct changes_call *store_changes_list(struct db *db, const struct changes_query *query, store_changes_cb *callback,
                                        void *cookie)
{
    struct changes_call *call = h2o_mem_alloc(sizeof(*call));
    *call = (struct changes_call){.listed = callback, .cookie = cookie};
    struct db_parameters parameters;
    db_parameters_start(&parameters);
    db_add_i64(&parameters, query->account_id);
    db_add_i64(&parameters, query->after);
    db_add_text(&parameters, query->collection);
    db_add_i64(&parameters, query->most);
    db_add_i64(&parameters, query->scan_most);
    db_add_i64(&parameters, LIMIT_LIST_BYTES_MAX);
    call->call = db_call_start(db, STATEMENT_CHANGES_LIST, &parameters, changes_listed, call);
    return call;
}

static void changes_listed(enum db_outcome outcome, const struct db_result *result, void *cookie)
{
    struct changes_call call = *(struct changes_call *)cookie;
    free(cookie);
    if (outcome != DB_DONE) {
        call.listed(outcome, NULL, 0, call.cookie);
        return;
    }
    h2o_mem_pool_t pool;
    h2o_mem_init_pool(&pool);
    size_t count;
    const struct change_row *rows = row_read_all(&store_changes_rows, result, &pool, &count);
    call.listed(DB_DONE, rows, count, call.cookie);
    h2o_mem_clear_pool(&pool);
}

/* --- heads ------------------------------------------------------------------------------------------------------- */

static void heads_read(enum db_outcome outcome, const struct db_result *result, void *cookie);

struct changes_call *store_changes_heads(struct db *db, const int64_t *account_ids, size_t count,
                                         store_changes_heads_cb *callback, void *cookie)
{
    struct changes_call *call = h2o_mem_alloc(sizeof(*call));
    *call = (struct changes_call){.heads = callback, .cookie = cookie};
    struct db_parameters parameters;
    struct text array;
    h2o_mem_pool_t pool;
    h2o_mem_init_pool(&pool);
    text_start(&array, &pool, 256);
    for (size_t i = 0; i < count; ++i)
        text_add_format(&array, "%s%lld", i == 0 ? "{" : ",", (long long)account_ids[i]);
    text_add_char(&array, '}');
    db_parameters_start(&parameters);
    db_add_text(&parameters, text_slice(&array));
    call->call = db_call_start(db, STATEMENT_CHANGES_HEADS, &parameters, heads_read, call);
    h2o_mem_clear_pool(&pool);
    return call;
}

static void heads_read(enum db_outcome outcome, const struct db_result *result, void *cookie)
{
    struct changes_call call = *(struct changes_call *)cookie;
    free(cookie);
    if (outcome != DB_DONE) {
        call.heads(outcome, NULL, NULL, 0, call.cookie);
        return;
    }
    size_t count = db_result_rows(result);
    int64_t *numbers = h2o_mem_alloc(sizeof(*numbers) * 2 * (count + 1));
    for (size_t i = 0; i < count; ++i) {
        numbers[i] = db_result_i64(result, i, 0);
        numbers[count + i] = db_result_i64(result, i, 1);
    }
    call.heads(DB_DONE, numbers, numbers + count, count, call.cookie);
    free(numbers);
}

void store_changes_cancel(struct changes_call **call)
{
    if (*call == NULL)
        return;
    db_call_cancel(&(*call)->call);
    free(*call);
    *call = NULL;
}
