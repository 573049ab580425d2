/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_leak.h"

#include "store/row.h"

static const struct row_column columns[] = {
    {"client_id", ROW_TEXT, offsetof(struct leak_row, client_id)},
    {"name", ROW_TEXT, offsetof(struct leak_row, name)},
    {"secret_number", ROW_I64, offsetof(struct leak_row, secret_number)},
    {"generation", ROW_I64, offsetof(struct leak_row, generation)},
};

#define TABLE(statement)                                                                                               \
    {                                                                                                                  \
        statement, columns, sizeof(columns) / sizeof(columns[0]), sizeof(struct leak_row)                              \
    }

const struct row_table store_leak_secret = TABLE(STATEMENT_LEAK_END);
const struct row_table store_leak_refresh = TABLE(STATEMENT_LEAK_REFRESH);

struct rows_call *store_leak_end(struct db *db, enum leak_kind kind, int64_t account_id,
                                 const uint8_t digest[static DIGEST_BYTES], h2o_iovec_t actor, rows_cb *callback,
                                 void *cookie)
{
    struct db_parameters parameters;
    db_parameters_start(&parameters);
    db_add_i64(&parameters, account_id);
    db_add_bytes(&parameters, (h2o_iovec_t){(char *)digest, DIGEST_BYTES});
    db_add_text(&parameters, actor);
    return rows_call_start(db, kind == LEAK_CLIENT_SECRET ? &store_leak_secret : &store_leak_refresh, &parameters,
                           callback, cookie);
}
