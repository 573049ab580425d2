/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_policy.h"

#include "store/row.h"

#include <assert.h>
#include <stdlib.h>

struct policy_read {
    enum policy_set set;
    store_policy_cb *callback;
    void *cookie;
};

static const struct row_column api_columns[] = {
    {"id", ROW_I64, offsetof(struct api_row, id)},
    {"name", ROW_TEXT, offsetof(struct api_row, name)},
    {"prefix", ROW_TEXT, offsetof(struct api_row, prefix)},
    {"token_path", ROW_TEXT, offsetof(struct api_row, token_path)},
    {"audience", ROW_TEXT, offsetof(struct api_row, audience)},
    {"algorithm", ROW_TEXT, offsetof(struct api_row, algorithm)},
    {"credential", ROW_TEXT, offsetof(struct api_row, credential)},
    {"backing", ROW_TEXT, offsetof(struct api_row, backing)},
    {"upstream", ROW_TEXT, offsetof(struct api_row, upstream)},
    {"token_seconds", ROW_I64, offsetof(struct api_row, token_seconds)},
};

static const struct row_column collection_columns[] = {
    {"collection_id", ROW_I64, offsetof(struct collection_row, collection_id)},
    {"api_id", ROW_I64, offsetof(struct collection_row, api_id)},
    {"name", ROW_TEXT, offsetof(struct collection_row, name)},
    {"singular", ROW_TEXT, offsetof(struct collection_row, singular)},
    {"path", ROW_TEXT, offsetof(struct collection_row, path)},
    {"versions", ROW_TEXT, offsetof(struct collection_row, versions)},
    {"methods", ROW_TEXT, offsetof(struct collection_row, methods)},
    {"required", ROW_TEXT, offsetof(struct collection_row, required)},
};

static const struct row_column signing_key_columns[] = {
    {"kid", ROW_TEXT, offsetof(struct signing_key_row, kid)},
    {"algorithm", ROW_TEXT, offsetof(struct signing_key_row, algorithm)},
    {"state", ROW_TEXT, offsetof(struct signing_key_row, state)},
    {"public_der", ROW_BYTES, offsetof(struct signing_key_row, public_der)},
    {"sealed", ROW_BYTES, offsetof(struct signing_key_row, sealed)},
};

static const struct row_column revocation_columns[] = {
    {"kind", ROW_TEXT, offsetof(struct revocation_row, kind)},
    {"subject", ROW_TEXT, offsetof(struct revocation_row, subject)},
    {"account_id", ROW_I64, offsetof(struct revocation_row, account_id)},
    {"until_us", ROW_I64, offsetof(struct revocation_row, until_us)},
};

#define COLUMNS(columns) columns, sizeof(columns) / sizeof((columns)[0])

const struct row_table store_policy_apis = {STATEMENT_API_LIST, COLUMNS(api_columns), sizeof(struct api_row)};
const struct row_table store_policy_collections = {STATEMENT_COLLECTION_LIST, COLUMNS(collection_columns),
                                                   sizeof(struct collection_row)};
const struct row_table store_policy_signing_keys = {STATEMENT_SIGNING_KEY_LIST, COLUMNS(signing_key_columns),
                                                    sizeof(struct signing_key_row)};
const struct row_table store_policy_revocations = {STATEMENT_REVOCATION_LIST, COLUMNS(revocation_columns),
                                                   sizeof(struct revocation_row)};

static const struct row_table *const tables[POLICY_SET__MAX] = {
    [POLICY_SET_APIS] = &store_policy_apis,
    [POLICY_SET_COLLECTIONS] = &store_policy_collections,
    [POLICY_SET_SIGNING_KEYS] = &store_policy_signing_keys,
    [POLICY_SET_REVOCATIONS] = &store_policy_revocations,
};

static void policy_read(enum db_outcome outcome, const struct db_result *result, void *cookie);

void store_policy_read(struct db *db, enum policy_set set, store_policy_cb *callback, void *cookie)
{
    assert(set < POLICY_SET__MAX);
    struct policy_read *read = h2o_mem_alloc(sizeof(*read));
    *read = (struct policy_read){set, callback, cookie};
    struct db_parameters none;
    db_parameters_start(&none);
    db_call_start(db, tables[set]->statement, &none, policy_read, read);
}

static void policy_read(enum db_outcome outcome, const struct db_result *result, void *cookie)
{
    struct policy_read read = *(struct policy_read *)cookie;
    free(cookie);
    if (outcome != DB_DONE) {
        read.callback(outcome, read.set, NULL, read.cookie);
        return;
    }
    h2o_mem_pool_t pool;
    h2o_mem_init_pool(&pool);
    struct policy_rows rows = {.count = 0};
    const void *array = row_read_all(tables[read.set], result, &pool, &rows.count);
    rows.apis = read.set == POLICY_SET_APIS ? array : NULL;
    rows.collections = read.set == POLICY_SET_COLLECTIONS ? array : NULL;
    rows.signing_keys = read.set == POLICY_SET_SIGNING_KEYS ? array : NULL;
    rows.revocations = read.set == POLICY_SET_REVOCATIONS ? array : NULL;
    read.callback(DB_DONE, read.set, &rows, read.cookie);
    h2o_mem_clear_pool(&pool);
}
