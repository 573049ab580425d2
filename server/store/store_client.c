/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_client.h"

#include "store/row.h"

#include <assert.h>
#include <stdlib.h>

struct store_client_call {
    struct db_call *call;
    store_client_cb *callback;
    void *cookie;
};

struct found { /* as the columns are */
    struct client_row client;
    h2o_iovec_t digests[LIMIT_SECRETS_LIVE_MAX];
    int64_t ends_us[LIMIT_SECRETS_LIVE_MAX], numbers[LIMIT_SECRETS_LIVE_MAX];
};

#define FIELD(field)        offsetof(struct found, client.field)
#define DIGEST_FIELD(index) offsetof(struct found, digests[index])
#define END_FIELD(index)    offsetof(struct found, ends_us[index])
#define NUMBER_FIELD(index) offsetof(struct found, numbers[index])

static const struct row_column columns[] = {
    {"account_id", ROW_I64, FIELD(account_id)},
    {"client_id", ROW_TEXT, FIELD(client_id)},
    {"name", ROW_TEXT, FIELD(name)},
    {"application_id", ROW_I64, FIELD(application_id)},
    {"application_name", ROW_TEXT, FIELD(application_name)},
    {"holder_id", ROW_I64, FIELD(holder_id)},
    {"holder_name", ROW_TEXT, FIELD(holder_name)},
    {"scopes", ROW_TEXT, FIELD(scopes)},
    {"holder_permissions", ROW_TEXT, FIELD(holder_permissions)},
    {"generation", ROW_I64, FIELD(generation)},
    {"not_before_us", ROW_I64, FIELD(not_before_us)},
    {"expires_us", ROW_I64, FIELD(expires_us)},
    {"client_active", ROW_BOOL, FIELD(client_active)},
    {"application_active", ROW_BOOL, FIELD(application_active)},
    {"account_active", ROW_BOOL, FIELD(account_active)},
    {"api_access", ROW_BOOL, FIELD(api_access)},
    {"holder_active", ROW_BOOL, FIELD(holder_active)},
    {"office", ROW_BOOL, FIELD(office)},
    {"secret1_digest", ROW_BYTES, DIGEST_FIELD(0)},
    {"secret1_not_after_us", ROW_I64_OR_ZERO, END_FIELD(0)},
    {"secret2_digest", ROW_BYTES, DIGEST_FIELD(1)},
    {"secret2_not_after_us", ROW_I64_OR_ZERO, END_FIELD(1)},
    {"number", ROW_I64, FIELD(number)},
    {"key_requests", ROW_I64, FIELD(key_requests)},
    {"key_seconds", ROW_I64, FIELD(key_seconds)},
    {"application_requests", ROW_I64, FIELD(application_requests)},
    {"application_seconds", ROW_I64, FIELD(application_seconds)},
    {"secret1_number", ROW_I64_OR_ZERO, NUMBER_FIELD(0)},
    {"secret2_number", ROW_I64_OR_ZERO, NUMBER_FIELD(1)},
    {"addresses", ROW_TEXT, FIELD(addresses)},
    {"access_shut", ROW_TEXT, FIELD(access_shut)},
    {"public", ROW_BOOL, FIELD(is_public)},
    {"introspects", ROW_I64, FIELD(introspects)},
    {"waiting", ROW_BOOL, FIELD(is_waiting)},
};

const struct row_table store_client_rows = {STATEMENT_CLIENT_FIND, columns, sizeof(columns) / sizeof(columns[0]),
                                            sizeof(struct found)};

static void client_found(enum db_outcome outcome, const struct db_result *result, void *cookie);

struct store_client_call *store_client_find(struct db *db, int64_t account_id, h2o_iovec_t client_id,
                                            store_client_cb *callback, void *cookie)
{
    struct store_client_call *call = h2o_mem_alloc(sizeof(*call));
    *call = (struct store_client_call){.callback = callback, .cookie = cookie};
    struct db_parameters parameters;
    db_parameters_start(&parameters);
    db_add_i64(&parameters, account_id);
    db_add_text(&parameters, client_id);
    call->call = db_call_start(db, STATEMENT_CLIENT_FIND, &parameters, client_found, call);
    return call;
}

static void take_secrets(struct found *found)
{
    for (size_t i = 0; i < LIMIT_SECRETS_LIVE_MAX; ++i) {
        if (found->digests[i].base == NULL)
            continue;
        assert(found->digests[i].len == DIGEST_BYTES);
        struct client_secret_row *secret = &found->client.secrets[found->client.secret_count++];
        memcpy(secret->digest, found->digests[i].base, DIGEST_BYTES);
        secret->not_after_us = found->ends_us[i];
        secret->number = found->numbers[i];
    }
}

static void client_found(enum db_outcome outcome, const struct db_result *result, void *cookie)
{
    struct store_client_call call = *(struct store_client_call *)cookie;
    free(cookie);
    if (outcome != DB_DONE || db_result_rows(result) == 0) {
        call.callback(outcome, NULL, call.cookie);
        return;
    }
    h2o_mem_pool_t pool;
    h2o_mem_init_pool(&pool);
    struct found found = {.client = {.secret_count = 0}};
    row_read(&store_client_rows, result, 0, &pool, &found);
    take_secrets(&found);
    call.callback(DB_DONE, &found.client, call.cookie);
    h2o_mem_clear_pool(&pool);
}

void store_client_cancel(struct store_client_call **call)
{
    if (*call == NULL)
        return;
    db_call_cancel(&(*call)->call);
    free(*call);
    *call = NULL;
}
