/* SPDX-License-Identifier: Apache-2.0 */
/* From a row of a result to a struct, by a table: one line a column, in the order of the statement. A test compares
 * each table with what PostgreSQL says of the prepared statement. Inside server/store only. */
#ifndef HALLMARK_STORE_ROW_H
#define HALLMARK_STORE_ROW_H

#include "base/secret.h"
#include "store/db.h"

enum row_type {
    ROW_TEXT,        /* h2o_iovec_t, borrowed from the result; NULL becomes SLICE_NONE */
    ROW_BYTES,       /* h2o_iovec_t, decoded into the pool; NULL becomes SLICE_NONE */
    ROW_DIGEST,      /* uint8_t[DIGEST_BYTES]; never NULL */
    ROW_I64,         /* int64_t; never NULL */
    ROW_I64_OR_ZERO, /* int64_t; NULL becomes 0 */
    ROW_BOOL,        /* bool; never NULL */
};

struct row_column {
    const char *name;
    enum row_type type;
    size_t offset;
};

struct row_table {
    enum statement statement;
    const struct row_column *columns;
    size_t column_count;
    size_t struct_bytes;
};

/* All of them, for that test; ends with NULL. */
extern const struct row_table *const row_tables[];
extern const struct row_table store_client_rows;
extern const struct row_table store_history_rows, store_changes_rows;
extern const struct row_table store_link_found, store_link_listed, store_leak_secret, store_leak_refresh;

extern const struct row_table store_login_found, store_login_second, store_session_found, store_session_listed,
    store_password_link_found;
extern const struct row_table store_member_rows, store_refresh_rows;
extern const struct row_table store_grant_code_redeem, store_grant_code_again, store_grant_refresh_keep,
    store_grant_refresh_rotate, store_grant_refresh_again, store_grant_refresh_revoke, store_grant_access_revoke;
extern const struct row_table store_authorize_client_rows, store_authorize_account_rows, store_authorize_pushed_rows,
    store_authorize_kept_rows;
extern const struct row_table store_person_rows;
extern const struct row_table store_policy_apis, store_policy_collections, store_policy_signing_keys,
    store_policy_revocations;
extern const struct row_table store_record_found, store_record_page, store_record_page_ordered,
    store_record_page_referenced;
extern const struct row_table store_record_write_created, store_record_write_replaced, store_record_write_deleted;
extern const struct row_table store_record_write_repeated, store_record_write_lost;
extern const struct row_table feed_changes;
extern const struct row_table store_proof_places;
extern const struct row_table store_mail_leased;
extern const struct row_table store_logout_client_rows, store_logout_leased, store_logout_undelivered;
extern const struct row_table store_webhook_events, store_webhook_stopped;

/* Fills the struct at `out` from one row; asserts that the result has the table's columns. */
void row_read(const struct row_table *table, const struct db_result *result, size_t row, h2o_mem_pool_t *pool,
              void *out);

/* Every row, as an array in the pool. */
void *row_read_all(const struct row_table *table, const struct db_result *result, h2o_mem_pool_t *pool,
                   size_t *count_out);

#endif
