/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_given.h"

#include "store/row.h"

#define FIELD(field) offsetof(struct given_row, field)

static const struct row_column given_columns[] = {
    {"account_id", ROW_I64, FIELD(account_id)},
    {"grant_id", ROW_I64, FIELD(grant_id)},
    {"account", ROW_TEXT, FIELD(account)},
    {"application", ROW_TEXT, FIELD(application)},
    {"maker", ROW_TEXT, FIELD(maker)},
    {"scopes", ROW_TEXT, FIELD(scopes)},
    {"open", ROW_BOOL, FIELD(open)},
    {"given_at_us", ROW_I64, FIELD(given_us)},
    {"used_at_us", ROW_I64, FIELD(used_us)},
};

static const struct row_column ended_columns[] = {
    {"grant_id", ROW_I64, offsetof(struct given_ended, grant_id)},
};

const struct row_table store_given_rows = {STATEMENT_GRANT_GIVEN, given_columns,
                                           sizeof(given_columns) / sizeof(given_columns[0]), sizeof(struct given_row)};
const struct row_table store_given_ended_rows = {STATEMENT_GRANT_TAKE_BACK, ended_columns,
                                                 sizeof(ended_columns) / sizeof(ended_columns[0]),
                                                 sizeof(struct given_ended)};

struct rows_call *store_given_list(struct db *db, int64_t user_id, int64_t most, rows_cb *callback, void *cookie)
{
    struct db_parameters parameters;
    db_parameters_start(&parameters);
    db_add_i64(&parameters, user_id);
    db_add_null(&parameters);
    db_add_null(&parameters);
    db_add_i64(&parameters, most);
    return rows_call_start(db, &store_given_rows, &parameters, callback, cookie);
}

struct rows_call *store_given_find(struct db *db, int64_t user_id, int64_t account_id, int64_t grant_id,
                                   rows_cb *callback, void *cookie)
{
    struct db_parameters parameters;
    db_parameters_start(&parameters);
    db_add_i64(&parameters, user_id);
    db_add_i64(&parameters, account_id);
    db_add_i64(&parameters, grant_id);
    db_add_i64(&parameters, 1);
    return rows_call_start(db, &store_given_rows, &parameters, callback, cookie);
}

struct rows_call *store_given_end(struct db *db, int64_t user_id, int64_t account_id, int64_t grant_id,
                                  h2o_iovec_t actor, rows_cb *callback, void *cookie)
{
    struct db_parameters parameters;
    db_parameters_start(&parameters);
    db_add_i64(&parameters, user_id);
    db_add_i64(&parameters, account_id);
    db_add_i64(&parameters, grant_id);
    db_add_text(&parameters, actor);
    return rows_call_start(db, &store_given_ended_rows, &parameters, callback, cookie);
}
