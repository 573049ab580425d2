/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_authorize.h"

#include "store/row.h"

/* --- rows -------------------------------------------------------------------------------------------------------- */

#define FIELD(field) offsetof(struct authorize_client, field)

static const struct row_column client_columns[] = {
    {"application_id", ROW_I64, FIELD(application_id)},
    {"name", ROW_TEXT, FIELD(name)},
    {"maker", ROW_TEXT, FIELD(maker)},
    {"redirect_uris", ROW_TEXT, FIELD(redirect_uris)},
    {"scopes", ROW_TEXT, FIELD(scopes)},
    {"public", ROW_BOOL, FIELD(is_public)},
    {"pushed_only", ROW_BOOL, FIELD(pushed_only)},
    {"pkce_optional", ROW_BOOL, FIELD(pkce_optional)},
    {"seconds", ROW_I64, FIELD(seconds)},
    {"subject_salt", ROW_BYTES, FIELD(subject_salt)},
};
#undef FIELD
#define FIELD(field) offsetof(struct authorize_account, field)

static const struct row_column account_columns[] = {
    {"account_id", ROW_I64, FIELD(account_id)},
    {"name", ROW_TEXT, FIELD(name)},
    {"permissions", ROW_TEXT, FIELD(permissions)},
    {"granted", ROW_TEXT, FIELD(granted)},
    {"open", ROW_BOOL, FIELD(open)},
};

static const struct row_column pushed_columns[] = {
    {"query", ROW_TEXT, offsetof(struct authorize_pushed, query)},
};

static const struct row_column kept_columns[] = {
    {"seconds", ROW_I64, offsetof(struct authorize_kept, seconds)},
};

#define TABLE(statement, columns, type)                                                                                \
    {                                                                                                                  \
        statement, columns, sizeof(columns) / sizeof((columns)[0]), sizeof(type)                                       \
    }

const struct row_table store_authorize_client_rows =
    TABLE(STATEMENT_AUTHORIZE_CLIENT, client_columns, struct authorize_client);
const struct row_table store_authorize_account_rows =
    TABLE(STATEMENT_AUTHORIZE_ACCOUNTS, account_columns, struct authorize_account);
const struct row_table store_authorize_pushed_rows =
    TABLE(STATEMENT_REQUEST_OPEN, pushed_columns, struct authorize_pushed);
const struct row_table store_authorize_kept_rows = TABLE(STATEMENT_REQUEST_PUSH, kept_columns, struct authorize_kept);

/* --- the statements ---------------------------------------------------------------------------------------------- */

struct rows_call *store_authorize_client(struct db *db, int64_t account_id, h2o_iovec_t client_id, rows_cb *callback,
                                         void *cookie)
{
    struct db_parameters parameters;
    db_parameters_start(&parameters);
    db_add_i64(&parameters, account_id);
    db_add_text(&parameters, client_id);
    return rows_call_start(db, &store_authorize_client_rows, &parameters, callback, cookie);
}

struct rows_call *store_authorize_accounts(struct db *db, int64_t user_id, int64_t application_id,
                                           int64_t client_account_id, int64_t account_id, int most, rows_cb *callback,
                                           void *cookie)
{
    struct db_parameters parameters;
    db_parameters_start(&parameters);
    db_add_i64(&parameters, user_id);
    db_add_i64(&parameters, application_id);
    db_add_i64(&parameters, client_account_id);
    if (account_id == 0)
        db_add_null(&parameters);
    else
        db_add_i64(&parameters, account_id);
    db_add_i64(&parameters, most);
    return rows_call_start(db, &store_authorize_account_rows, &parameters, callback, cookie);
}

/* Parameters that all of a pushed request begin with. */
static void add_request(struct db_parameters *parameters, int64_t account_id, const uint8_t digest[static DIGEST_BYTES])
{
    db_parameters_start(parameters);
    db_add_i64(parameters, account_id);
    db_add_bytes(parameters, (h2o_iovec_t){(char *)digest, DIGEST_BYTES});
}

struct rows_call *store_request_push(struct db *db, int64_t account_id, const uint8_t digest[static DIGEST_BYTES],
                                     h2o_iovec_t client_id, h2o_iovec_t query, rows_cb *callback, void *cookie)
{
    struct db_parameters parameters;
    add_request(&parameters, account_id, digest);
    db_add_text(&parameters, client_id);
    db_add_text(&parameters, query);
    return rows_call_start(db, &store_authorize_kept_rows, &parameters, callback, cookie);
}

struct rows_call *store_request_open(struct db *db, int64_t account_id, const uint8_t digest[static DIGEST_BYTES],
                                     h2o_iovec_t client_id, rows_cb *callback, void *cookie)
{
    struct db_parameters parameters;
    add_request(&parameters, account_id, digest);
    db_add_text(&parameters, client_id);
    return rows_call_start(db, &store_authorize_pushed_rows, &parameters, callback, cookie);
}

static void nobody_waits(enum db_outcome outcome, const struct db_result *result, void *cookie)
{
    (void)outcome, (void)result, (void)cookie;
}

void store_request_spend(struct db *db, int64_t account_id, const uint8_t digest[static DIGEST_BYTES])
{
    struct db_parameters parameters;
    add_request(&parameters, account_id, digest);
    (void)db_call_start(db, STATEMENT_REQUEST_SPEND, &parameters, nobody_waits, NULL);
}
