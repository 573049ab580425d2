/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_logout_token.h"

#include "store/row.h"

#define FIELD(field) offsetof(struct logout_row, field)

static const struct row_column token_columns[] = {
    {"client_account_id", ROW_I64, FIELD(client_account_id)},
    {"client_id", ROW_TEXT, FIELD(client_id)},
    {"user_id", ROW_I64, FIELD(user_id)},
    {"session_id", ROW_I64, FIELD(session_id)},
    {"jti", ROW_TEXT, FIELD(jti)},
    {"attempt", ROW_I64, FIELD(attempt)},
    {"url", ROW_TEXT, FIELD(url)},
    {"id_token_alg", ROW_TEXT, FIELD(id_token_alg)},
    {"subject_salt", ROW_BYTES, FIELD(subject_salt)},
};
#undef FIELD
#define FIELD(field) offsetof(struct logout_lost, field)

static const struct row_column lost_columns[] = {
    {"client_id", ROW_TEXT, FIELD(client_id)}, {"session_id", ROW_I64, FIELD(session_id)},
    {"attempt", ROW_I64, FIELD(attempt)},      {"status", ROW_I64, FIELD(status)},
    {"detail", ROW_TEXT, FIELD(detail)},
};

const struct row_table store_logout_leased = {
    STATEMENT_LOGOUT_LEASE, token_columns, sizeof(token_columns) / sizeof(token_columns[0]), sizeof(struct logout_row)};
const struct row_table store_logout_undelivered = {
    STATEMENT_LOGOUT_RECORD, lost_columns, sizeof(lost_columns) / sizeof(lost_columns[0]), sizeof(struct logout_lost)};

static bool run(struct db_sync *db, const struct row_table *table, const struct db_parameters *parameters,
                h2o_mem_pool_t *pool, void **rows_out, size_t *count_out)
{
    const struct db_result *result;
    if (db_sync_run(db, table->statement, parameters, &result) != DB_DONE)
        return false;
    *rows_out = row_read_all(table, result, pool, count_out);
    return true;
}

bool store_logout_lease(struct db_sync *db, int64_t lease, int64_t seconds, int64_t most, int64_t each,
                        h2o_mem_pool_t *pool, struct logout_row **rows_out, size_t *count_out)
{
    struct db_parameters parameters;
    void *rows;
    db_parameters_start(&parameters);
    db_add_i64(&parameters, lease);
    db_add_i64(&parameters, seconds);
    db_add_i64(&parameters, most);
    db_add_i64(&parameters, each);
    if (!run(db, &store_logout_leased, &parameters, pool, &rows, count_out))
        return false;
    *rows_out = rows;
    for (struct logout_row *row = *rows_out; row < *rows_out + *count_out; ++row) {
        h2o_iovec_t *const texts[] = {&row->client_id, &row->jti, &row->url, &row->id_token_alg, &row->subject_salt};
        for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); ++i)
            if (texts[i]->base != NULL)
                *texts[i] = slice_copy(pool, *texts[i]);
    }
    return true;
}

bool store_logout_record(struct db_sync *db, int64_t lease, h2o_iovec_t results, h2o_mem_pool_t *pool,
                         const struct logout_lost **lost_out, size_t *count_out)
{
    struct db_parameters parameters;
    void *rows = NULL;
    db_parameters_start(&parameters);
    db_add_i64(&parameters, lease);
    db_add_text(&parameters, results);
    bool done = run(db, &store_logout_undelivered, &parameters, pool, &rows, count_out);
    *lost_out = rows;
    return done;
}

bool store_logout_release(struct db_sync *db, int64_t lease)
{
    struct db_parameters parameters;
    const struct db_result *result;
    db_parameters_start(&parameters);
    db_add_i64(&parameters, lease);
    return db_sync_run(db, STATEMENT_LOGOUT_RELEASE, &parameters, &result) == DB_DONE;
}

bool store_logout_keys(struct db_sync *db, h2o_mem_pool_t *pool, const struct signing_key_row **keys_out,
                       size_t *count_out)
{
    struct db_parameters none;
    void *rows = NULL;
    db_parameters_start(&none);
    bool done = run(db, &store_policy_signing_keys, &none, pool, &rows, count_out);
    *keys_out = rows;
    return done;
}
