/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_link.h"

#include "store/row.h"

#define FOUND(field)  offsetof(struct link_row, field)
#define LISTED(field) offsetof(struct link_account_row, field)

static const struct row_column found_columns[] = {
    {"account_id", ROW_I64, FOUND(account_id)},  {"office_account_id", ROW_I64, FOUND(office_account_id)},
    {"client_id", ROW_TEXT, FOUND(client_id)},   {"active", ROW_BOOL, FOUND(active)},
    {"allowed", ROW_BOOL, FOUND(allowed)},       {"account_active", ROW_BOOL, FOUND(account_active)},
    {"api_access", ROW_BOOL, FOUND(api_access)}, {"template", ROW_TEXT, FOUND(template_name)},
    {"scopes", ROW_TEXT, FOUND(scopes)},         {"access_shut", ROW_TEXT, FOUND(access_shut)},
    {"generation", ROW_I64, FOUND(generation)},
};

static const struct row_column listed_columns[] = {
    {"account_id", ROW_I64, LISTED(account_id)},
    {"name", ROW_TEXT, LISTED(name)},
    {"state", ROW_TEXT, LISTED(state)},
    {"template_id", ROW_I64, LISTED(template_id)},
    {"template", ROW_TEXT, LISTED(template_name)},
    {"template_version", ROW_I64, LISTED(template_version)},
    {"scopes", ROW_TEXT, LISTED(scopes)},
};

const struct row_table store_link_found = {STATEMENT_LINK_FIND, found_columns,
                                           sizeof(found_columns) / sizeof(found_columns[0]), sizeof(struct link_row)};
const struct row_table store_link_listed = {STATEMENT_LINK_ACCOUNTS, listed_columns,
                                            sizeof(listed_columns) / sizeof(listed_columns[0]),
                                            sizeof(struct link_account_row)};

struct rows_call *store_link_find(struct db *db, int64_t account_id, int64_t office_account_id, h2o_iovec_t client_id,
                                  rows_cb *callback, void *cookie)
{
    struct db_parameters parameters;
    db_parameters_start(&parameters);
    db_add_i64(&parameters, account_id);
    db_add_i64(&parameters, office_account_id);
    db_add_text(&parameters, client_id);
    return rows_call_start(db, &store_link_found, &parameters, callback, cookie);
}

struct rows_call *store_link_accounts(struct db *db, const struct link_accounts *which, rows_cb *callback, void *cookie)
{
    struct db_parameters parameters;
    db_parameters_start(&parameters);
    db_add_i64(&parameters, which->office_account_id);
    db_add_text(&parameters, which->client_id);
    db_add_i64(&parameters, which->only_account_id);
    db_add_i64(&parameters, which->after_id);
    db_add_i64(&parameters, which->most);
    return rows_call_start(db, &store_link_listed, &parameters, callback, cookie);
}
