/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_logout.h"

#include "store/row.h"

#define FIELD(field) offsetof(struct logout_client, field)

static const struct row_column client_columns[] = {
    {"name", ROW_TEXT, FIELD(name)},
    {"active", ROW_BOOL, FIELD(active)},
    {"registered", ROW_BOOL, FIELD(registered)},
    {"subject_salt", ROW_BYTES, FIELD(subject_salt)},
};

const struct row_table store_logout_client_rows = {STATEMENT_LOGOUT_CLIENT, client_columns,
                                                   sizeof(client_columns) / sizeof(client_columns[0]),
                                                   sizeof(struct logout_client)};

struct rows_call *store_logout_client(struct db *db, int64_t account_id, h2o_iovec_t client_id,
                                      h2o_iovec_t redirect_uri, rows_cb *callback, void *cookie)
{
    struct db_parameters parameters;
    db_parameters_start(&parameters);
    db_add_i64(&parameters, account_id);
    db_add_text(&parameters, client_id);
    db_add_text(&parameters, redirect_uri);
    return rows_call_start(db, &store_logout_client_rows, &parameters, callback, cookie);
}
