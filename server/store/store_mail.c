/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_mail.h"

#include "store/row.h"

#define FIELD(field) offsetof(struct mail_row, field)

static const struct row_column mail_columns[] = {
    {"id", ROW_I64, FIELD(id)},
    {"attempt", ROW_I64, FIELD(attempt)},
    {"kind", ROW_TEXT, FIELD(kind)},
    {"language", ROW_TEXT, FIELD(language)},
    {"digest", ROW_DIGEST, FIELD(digest)},
    {"sealed", ROW_BYTES, FIELD(sealed)},
    {"name", ROW_TEXT, FIELD(name)},
    {"email", ROW_TEXT, FIELD(email)},
    {"created_at_us", ROW_I64, FIELD(created_us)},
};

const struct row_table store_mail_leased = {STATEMENT_MAIL_LEASE, mail_columns,
                                            sizeof(mail_columns) / sizeof(mail_columns[0]), sizeof(struct mail_row)};

bool store_link_request_settle(struct db_sync *db, const uint8_t digest[static DIGEST_BYTES], h2o_iovec_t sealed,
                               const struct link_lifetimes *lifetimes, bool *taken_out)
{
    struct db_parameters parameters;
    const struct db_result *result;
    db_parameters_start(&parameters);
    db_add_bytes(&parameters, (h2o_iovec_t){(char *)digest, DIGEST_BYTES});
    db_add_bytes(&parameters, sealed);
    db_add_i64(&parameters, lifetimes->forgotten_s);
    db_add_i64(&parameters, lifetimes->invited_s);
    db_add_i64(&parameters, lifetimes->spacing_s);
    if (db_sync_run(db, STATEMENT_LINK_REQUEST_SETTLE, &parameters, &result) != DB_DONE)
        return false;
    *taken_out = db_result_i64(result, 0, 0) > 0;
    return true;
}

bool store_mail_lease(struct db_sync *db, int64_t lease, int64_t seconds, h2o_mem_pool_t *pool,
                      const struct mail_row **row_out)
{
    struct db_parameters parameters;
    const struct db_result *result;
    size_t count;
    db_parameters_start(&parameters);
    db_add_i64(&parameters, lease);
    db_add_i64(&parameters, seconds);
    if (db_sync_run(db, STATEMENT_MAIL_LEASE, &parameters, &result) != DB_DONE)
        return false;
    const struct mail_row *rows = row_read_all(&store_mail_leased, result, pool, &count);
    *row_out = count > 0 ? rows : NULL;
    return true;
}

bool store_mail_record(struct db_sync *db, int64_t lease, int64_t id, h2o_iovec_t state, h2o_iovec_t detail,
                       int64_t delay_ms)
{
    struct db_parameters parameters;
    const struct db_result *result;
    db_parameters_start(&parameters);
    db_add_i64(&parameters, lease);
    db_add_i64(&parameters, id);
    db_add_text(&parameters, state);
    db_add_text(&parameters, detail);
    db_add_i64(&parameters, delay_ms);
    return db_sync_run(db, STATEMENT_MAIL_RECORD, &parameters, &result) == DB_DONE;
}

bool store_mail_release(struct db_sync *db, int64_t lease)
{
    struct db_parameters parameters;
    const struct db_result *result;
    db_parameters_start(&parameters);
    db_add_i64(&parameters, lease);
    return db_sync_run(db, STATEMENT_MAIL_RELEASE, &parameters, &result) == DB_DONE;
}

bool store_mail_waiting(struct db_sync *db, struct mail_queue *out)
{
    struct db_parameters parameters;
    const struct db_result *result;
    db_parameters_start(&parameters);
    if (db_sync_run(db, STATEMENT_MAIL_WAITING, &parameters, &result) != DB_DONE)
        return false;
    *out = (struct mail_queue){db_result_i64(result, 0, 0), db_result_i64(result, 0, 1), db_result_text(result, 0, 2)};
    return true;
}
