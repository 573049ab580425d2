/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_policy.h"

#include <assert.h>
#include <stdlib.h>

struct policy_call {
    enum policy_set set;
    store_policy_cb *callback;
    void *cookie;
};

/* Each reader turns row `at` of the answer into row `at` of its array; columns in the order of the statement's file. */

static void read_api(const struct db_result *result, size_t at, void *rows, h2o_mem_pool_t *pool)
{
    (void)pool;
    ((struct api_row *)rows)[at] = (struct api_row){
        .id = db_result_i64(result, at, 0),
        .name = db_result_text(result, at, 1),
        .prefix = db_result_text(result, at, 2),
        .token_path = db_result_text(result, at, 3),
        .audience = db_result_text(result, at, 4),
        .algorithm = db_result_text(result, at, 5),
        .credential = db_result_text(result, at, 6),
        .backing = db_result_text(result, at, 7),
        .upstream = db_result_text(result, at, 8),
        .token_seconds = db_result_i64(result, at, 9),
    };
}

static void read_collection(const struct db_result *result, size_t at, void *rows, h2o_mem_pool_t *pool)
{
    (void)pool;
    ((struct collection_row *)rows)[at] = (struct collection_row){
        .collection_id = db_result_i64(result, at, 0),
        .api_id = db_result_i64(result, at, 1),
        .name = db_result_text(result, at, 2),
        .singular = db_result_text(result, at, 3),
        .path = db_result_text(result, at, 4),
        .versions = db_result_text(result, at, 5),
        .methods = db_result_text(result, at, 6),
        .required = db_result_text(result, at, 7),
    };
}

static void read_signing_key(const struct db_result *result, size_t at, void *rows, h2o_mem_pool_t *pool)
{
    ((struct signing_key_row *)rows)[at] = (struct signing_key_row){
        .kid = db_result_text(result, at, 0),
        .algorithm = db_result_text(result, at, 1),
        .state = db_result_text(result, at, 2),
        .public_der = db_result_bytes(result, at, 3, pool),
        .sealed = db_result_bytes(result, at, 4, pool),
    };
}

static void read_revocation(const struct db_result *result, size_t at, void *rows, h2o_mem_pool_t *pool)
{
    (void)pool;
    ((struct revocation_row *)rows)[at] = (struct revocation_row){
        .kind = db_result_text(result, at, 0),
        .subject = db_result_text(result, at, 1),
        .account_id = db_result_i64(result, at, 2),
        .until_us = db_result_i64(result, at, 3),
    };
}

static const struct policy_reader {
    enum statement statement;
    size_t columns, row_bytes;
    void (*read)(const struct db_result *result, size_t at, void *rows, h2o_mem_pool_t *pool);
} readers[POLICY_SET__MAX] = {
    [POLICY_SET_APIS] = {STATEMENT_API_LIST, 10, sizeof(struct api_row), read_api},
    [POLICY_SET_COLLECTIONS] = {STATEMENT_COLLECTION_LIST, 8, sizeof(struct collection_row), read_collection},
    [POLICY_SET_SIGNING_KEYS] = {STATEMENT_SIGNING_KEY_LIST, 5, sizeof(struct signing_key_row), read_signing_key},
    [POLICY_SET_REVOCATIONS] = {STATEMENT_REVOCATION_LIST, 4, sizeof(struct revocation_row), read_revocation},
};

static struct policy_rows rows_of(enum policy_set set, const void *rows, size_t count)
{
    struct policy_rows out = {.count = count};
    switch (set) {
    case POLICY_SET_APIS:
        out.apis = rows;
        break;
    case POLICY_SET_COLLECTIONS:
        out.collections = rows;
        break;
    case POLICY_SET_SIGNING_KEYS:
        out.signing_keys = rows;
        break;
    default:
        out.revocations = rows;
        break;
    }
    return out;
}

static void on_rows(enum db_outcome outcome, const struct db_result *result, void *cookie)
{
    struct policy_call call = *(struct policy_call *)cookie;
    const struct policy_reader *reader = &readers[call.set];
    free(cookie);
    if (outcome != DB_DONE) {
        call.callback(outcome, call.set, NULL, call.cookie);
        return;
    }
    assert(db_result_columns(result) == reader->columns);
    h2o_mem_pool_t pool;
    size_t count = db_result_rows(result);
    void *rows = calloc(count + 1, reader->row_bytes);
    if (rows == NULL)
        abort();
    h2o_mem_init_pool(&pool);
    for (size_t at = 0; at < count; ++at)
        reader->read(result, at, rows, &pool);
    struct policy_rows set = rows_of(call.set, rows, count);
    call.callback(DB_DONE, call.set, &set, call.cookie);
    h2o_mem_clear_pool(&pool);
    free(rows);
}

void store_policy_read(struct db *db, enum policy_set set, store_policy_cb *callback, void *cookie)
{
    struct policy_call *call = malloc(sizeof(*call));
    struct db_parameters none;
    if (call == NULL)
        abort();
    *call = (struct policy_call){set, callback, cookie};
    db_parameters_start(&none);
    db_call_start(db, readers[set].statement, &none, on_rows, call);
}
