/* SPDX-License-Identifier: Apache-2.0 */
#include "store/row.h"

#include <assert.h>

const struct row_table *const row_tables[] = {
    &store_client_rows,
    &store_history_rows,
    &store_leak_secret,
    &store_leak_refresh,
    &store_link_found,
    &store_link_listed,
    &store_policy_apis,
    &store_policy_collections,
    &store_policy_signing_keys,
    &store_policy_revocations,
    &store_record_found,
    &store_record_page,
    &store_record_page_ordered,
    &store_record_page_referenced,
    &store_record_write_created,
    &store_record_write_replaced,
    &store_record_write_deleted,
    &store_record_write_repeated,
    &store_record_write_lost,
    &feed_changes,
    &store_proof_places,
    &store_mail_leased,
    &store_logout_client_rows,
    &store_logout_leased,
    &store_logout_undelivered,
    &store_webhook_events,
    &store_webhook_stopped,
    &store_member_rows,
    &store_refresh_rows,
    &store_login_found,
    &store_login_second,
    &store_session_found,
    &store_session_listed,
    &store_password_link_found,
    &store_grant_code_redeem,
    &store_grant_code_again,
    &store_grant_refresh_keep,
    &store_grant_refresh_rotate,
    &store_grant_refresh_again,
    &store_grant_refresh_revoke,
    &store_grant_access_revoke,
    &store_authorize_client_rows,
    &store_authorize_account_rows,
    &store_authorize_pushed_rows,
    &store_authorize_kept_rows,
    &store_person_rows,
    NULL,
};

static void read_digest(const struct db_result *result, size_t row, size_t column, h2o_mem_pool_t *pool, uint8_t *out)
{
    h2o_iovec_t bytes = db_result_bytes(result, row, column, pool);
    assert(bytes.len == DIGEST_BYTES);
    memcpy(out, bytes.base, DIGEST_BYTES);
}

void row_read(const struct row_table *table, const struct db_result *result, size_t row, h2o_mem_pool_t *pool,
              void *out)
{
    assert(db_result_columns(result) == table->column_count);
    for (size_t i = 0; i < table->column_count; ++i) {
        void *field = (char *)out + table->columns[i].offset;
        switch (table->columns[i].type) {
        case ROW_TEXT:
            *(h2o_iovec_t *)field = db_result_text(result, row, i);
            break;
        case ROW_BYTES:
            *(h2o_iovec_t *)field = db_result_bytes(result, row, i, pool);
            break;
        case ROW_DIGEST:
            read_digest(result, row, i, pool, field);
            break;
        case ROW_I64:
            *(int64_t *)field = db_result_i64(result, row, i);
            break;
        case ROW_I64_OR_ZERO:
            *(int64_t *)field = db_result_is_null(result, row, i) ? 0 : db_result_i64(result, row, i);
            break;
        case ROW_BOOL:
            *(bool *)field = db_result_bool(result, row, i);
            break;
        }
    }
}

void *row_read_all(const struct row_table *table, const struct db_result *result, h2o_mem_pool_t *pool,
                   size_t *count_out)
{
    size_t count = db_result_rows(result);
    char *rows = h2o_mem_alloc_pool(pool, count * table->struct_bytes + 1); /* + 1: none is no NULL */
    memset(rows, 0, count * table->struct_bytes);
    for (size_t row = 0; row < count; ++row)
        row_read(table, result, row, pool, rows + row * table->struct_bytes);
    *count_out = count;
    return rows;
}
