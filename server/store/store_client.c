/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_client.h"

#include <assert.h>
#include <stdlib.h>

enum column { /* of schema/queries/client_find.sql */
    COLUMN_ACCOUNT_ID,
    COLUMN_CLIENT_ID,
    COLUMN_NAME,
    COLUMN_APPLICATION_ID,
    COLUMN_APPLICATION_NAME,
    COLUMN_HOLDER_ID,
    COLUMN_HOLDER_NAME,
    COLUMN_SCOPES,
    COLUMN_HOLDER_PERMISSIONS,
    COLUMN_GENERATION,
    COLUMN_NOT_BEFORE,
    COLUMN_EXPIRES,
    COLUMN_CLIENT_ACTIVE,
    COLUMN_APPLICATION_ACTIVE,
    COLUMN_ACCOUNT_ACTIVE,
    COLUMN_API_ACCESS,
    COLUMN_HOLDER_ACTIVE,
    COLUMN_OFFICE,
    COLUMN_SECRETS, /* digest and end, LIMIT_SECRETS_LIVE_MAX times */
    COLUMN__MAX = COLUMN_SECRETS + 2 * LIMIT_SECRETS_LIVE_MAX,
};

struct store_client_call {
    struct db_call *call;
    store_client_cb *callback;
    void *cookie;
};

static void read_secrets(const struct db_result *result, struct client_row *row, h2o_mem_pool_t *pool)
{
    for (size_t i = 0; i < LIMIT_SECRETS_LIVE_MAX; ++i) {
        size_t column = COLUMN_SECRETS + 2 * i;
        h2o_iovec_t digest = db_result_bytes(result, 0, column, pool);
        if (digest.base == NULL)
            return;
        assert(digest.len == DIGEST_BYTES); /* the table's CHECK */
        struct client_secret_row *secret = &row->secrets[row->secret_count++];
        memcpy(secret->digest, digest.base, DIGEST_BYTES);
        secret->not_after_us = db_result_i64(result, 0, column + 1);
    }
}

static struct client_row read_row(const struct db_result *result, h2o_mem_pool_t *pool)
{
    struct client_row row = {
        .account_id = db_result_i64(result, 0, COLUMN_ACCOUNT_ID),
        .client_id = db_result_text(result, 0, COLUMN_CLIENT_ID),
        .name = db_result_text(result, 0, COLUMN_NAME),
        .application_id = db_result_i64(result, 0, COLUMN_APPLICATION_ID),
        .application_name = db_result_text(result, 0, COLUMN_APPLICATION_NAME),
        .holder_id = db_result_i64(result, 0, COLUMN_HOLDER_ID),
        .holder_name = db_result_text(result, 0, COLUMN_HOLDER_NAME),
        .scopes = db_result_text(result, 0, COLUMN_SCOPES),
        .holder_permissions = db_result_text(result, 0, COLUMN_HOLDER_PERMISSIONS),
        .generation = db_result_i64(result, 0, COLUMN_GENERATION),
        .not_before_us = db_result_i64(result, 0, COLUMN_NOT_BEFORE),
        .expires_us = db_result_i64(result, 0, COLUMN_EXPIRES),
        .client_active = db_result_bool(result, 0, COLUMN_CLIENT_ACTIVE),
        .application_active = db_result_bool(result, 0, COLUMN_APPLICATION_ACTIVE),
        .account_active = db_result_bool(result, 0, COLUMN_ACCOUNT_ACTIVE),
        .api_access = db_result_bool(result, 0, COLUMN_API_ACCESS),
        .holder_active = db_result_bool(result, 0, COLUMN_HOLDER_ACTIVE),
        .office = db_result_bool(result, 0, COLUMN_OFFICE),
    };
    read_secrets(result, &row, pool);
    return row;
}

static void on_found(enum db_outcome outcome, const struct db_result *result, void *cookie)
{
    struct store_client_call call = *(struct store_client_call *)cookie;
    free(cookie);
    if (outcome != DB_DONE || db_result_rows(result) == 0) {
        call.callback(outcome, NULL, call.cookie);
        return;
    }
    assert(db_result_columns(result) == COLUMN__MAX);
    h2o_mem_pool_t pool;
    h2o_mem_init_pool(&pool);
    struct client_row row = read_row(result, &pool);
    call.callback(DB_DONE, &row, call.cookie);
    h2o_mem_clear_pool(&pool);
}

struct store_client_call *store_client_find(struct db *db, int64_t account_id, h2o_iovec_t client_id,
                                            store_client_cb *callback, void *cookie)
{
    struct store_client_call *call = malloc(sizeof(*call));
    struct db_parameters parameters;
    if (call == NULL)
        abort();
    db_parameters_start(&parameters);
    db_add_i64(&parameters, account_id);
    db_add_text(&parameters, client_id);
    *call = (struct store_client_call){NULL, callback, cookie};
    call->call = db_call_start(db, STATEMENT_CLIENT_FIND, &parameters, on_found, call);
    return call;
}

void store_client_cancel(struct store_client_call **call)
{
    if (*call == NULL)
        return;
    db_call_cancel(&(*call)->call);
    free(*call);
    *call = NULL;
}
