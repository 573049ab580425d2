/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_history.h"

#include <assert.h>
#include <stdlib.h>

#define HISTORY_COLUMNS 20 /* of schema/queries/history_list.sql */

struct store_history_call {
    struct db_call *call;
    store_history_cb *callback;
    void *cookie;
};

static int64_t number_or_none(const struct db_result *result, size_t at, size_t column)
{
    return db_result_is_null(result, at, column) ? 0 : db_result_i64(result, at, column);
}

static void read_row(const struct db_result *result, size_t at, struct history_row *row, h2o_mem_pool_t *pool)
{
    *row = (struct history_row){
        .id = db_result_i64(result, at, 0),
        .at_us = db_result_i64(result, at, 1),
        .application_id = db_result_i64(result, at, 2),
        .holder_id = number_or_none(result, at, 3),
        .user_id = number_or_none(result, at, 4),
        .record_id = db_result_i64(result, at, 5),
        .version = db_result_i64(result, at, 6),
        .application_name = db_result_text(result, at, 7),
        .client_id = db_result_text(result, at, 8),
        .key_name = db_result_text(result, at, 9),
        .token_jti = db_result_text(result, at, 10),
        .method = db_result_text(result, at, 11),
        .collection = db_result_text(result, at, 12),
        .external_references = db_result_text(result, at, 13),
        .request_id = db_result_text(result, at, 14),
        .before = db_result_text(result, at, 15),
        .after = db_result_text(result, at, 16),
        .person = db_result_text(result, at, 17),
        .address = db_result_text(result, at, 18),
    };
    h2o_iovec_t digest = db_result_bytes(result, at, 19, pool);
    assert(digest.len == DIGEST_BYTES);
    memcpy(row->digest, digest.base, DIGEST_BYTES);
}

static void on_rows(enum db_outcome outcome, const struct db_result *result, void *cookie)
{
    struct store_history_call call = *(struct store_history_call *)cookie;
    free(cookie);
    if (outcome != DB_DONE) {
        call.callback(outcome, NULL, 0, call.cookie);
        return;
    }
    assert(db_result_columns(result) == HISTORY_COLUMNS);
    h2o_mem_pool_t pool;
    size_t count = db_result_rows(result);
    h2o_mem_init_pool(&pool);
    struct history_row *rows = h2o_mem_alloc_pool(&pool, sizeof(*rows) * (count + 1));
    for (size_t at = 0; at < count; ++at)
        read_row(result, at, &rows[at], &pool);
    call.callback(DB_DONE, rows, count, call.cookie);
    h2o_mem_clear_pool(&pool);
}

struct store_history_call *store_history_list(struct db *db, const struct history_query *query,
                                              store_history_cb *callback, void *cookie)
{
    struct store_history_call *call = malloc(sizeof(*call));
    struct db_parameters parameters;
    if (call == NULL)
        abort();
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
    *call = (struct store_history_call){NULL, callback, cookie};
    call->call = db_call_start(db, STATEMENT_HISTORY_LIST, &parameters, on_rows, call);
    return call;
}

void store_history_cancel(struct store_history_call **call)
{
    if (*call == NULL)
        return;
    db_call_cancel(&(*call)->call);
    free(*call);
    *call = NULL;
}
