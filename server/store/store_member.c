/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_member.h"

#include "store/row.h"

#define FIELD(field) offsetof(struct member_row, field)

static const struct row_column columns[] = {
    {"account_id", ROW_I64, FIELD(account_id)},
    {"user_id", ROW_I64, FIELD(user_id)},
    {"name", ROW_TEXT, FIELD(name)},
    {"permissions", ROW_TEXT, FIELD(permissions)},
    {"active", ROW_BOOL, FIELD(active)},
    {"account_active", ROW_BOOL, FIELD(account_active)},
    {"api_access", ROW_BOOL, FIELD(api_access)},
    {"access_shut", ROW_TEXT, FIELD(access_shut)},
    {"generation", ROW_I64, FIELD(generation)},
};

const struct row_table store_member_rows = {STATEMENT_MEMBER_FIND, columns, sizeof(columns) / sizeof(columns[0]),
                                            sizeof(struct member_row)};

struct rows_call *store_member_find(struct db *db, int64_t account_id, int64_t user_id, rows_cb *callback, void *cookie)
{
    struct db_parameters parameters;
    db_parameters_start(&parameters);
    db_add_i64(&parameters, account_id);
    db_add_i64(&parameters, user_id);
    return rows_call_start(db, &store_member_rows, &parameters, callback, cookie);
}
