/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_webhook.h"

#include "store/row.h"

#define FIELD(field) offsetof(struct webhook_event, field)

static const struct row_column event_columns[] = {
    {"account_id", ROW_I64, FIELD(account_id)},
    {"webhook_id", ROW_I64, FIELD(webhook_id)},
    {"collection_id", ROW_I64, FIELD(collection_id)},
    {"record_id", ROW_I64, FIELD(record_id)},
    {"id", ROW_I64, FIELD(id)},
    {"attempt", ROW_I64, FIELD(attempt)},
    {"at_us", ROW_I64, FIELD(at_us)},
    {"type", ROW_TEXT, FIELD(type)},
    {"url", ROW_TEXT, FIELD(url)},
    {"signing", ROW_TEXT, FIELD(signing)},
    {"sealed", ROW_BYTES, FIELD(sealed)},
    {"old_sealed", ROW_BYTES, FIELD(old_sealed)},
    {"collection", ROW_TEXT, FIELD(collection)},
    {"version", ROW_I64, FIELD(version)},
    {"application_name", ROW_TEXT, FIELD(application_name)},
    {"client_id", ROW_TEXT, FIELD(client_id)},
    {"external_references", ROW_TEXT, FIELD(external_references)},
    {"changed", ROW_TEXT, FIELD(changed)},
    {"document", ROW_TEXT, FIELD(document)},
};
#undef FIELD
#define FIELD(field) offsetof(struct webhook_stopped, field)

static const struct row_column stopped_columns[] = {
    {"account_id", ROW_I64, FIELD(account_id)},
    {"webhook_id", ROW_I64, FIELD(webhook_id)},
    {"state", ROW_TEXT, FIELD(state)},
    {"reason", ROW_TEXT, FIELD(reason)},
};

const struct row_table store_webhook_events = {STATEMENT_WEBHOOK_LEASE, event_columns,
                                               sizeof(event_columns) / sizeof(event_columns[0]),
                                               sizeof(struct webhook_event)};
const struct row_table store_webhook_stopped = {STATEMENT_WEBHOOK_RECORD, stopped_columns,
                                                sizeof(stopped_columns) / sizeof(stopped_columns[0]),
                                                sizeof(struct webhook_stopped)};

bool store_webhook_lease(struct db_sync *db, int64_t lease, int64_t seconds, int64_t most, int64_t each,
                         h2o_mem_pool_t *pool, const struct webhook_event **events_out, size_t *count_out)
{
    struct db_parameters parameters;
    const struct db_result *result;
    db_parameters_start(&parameters);
    db_add_i64(&parameters, lease);
    db_add_i64(&parameters, seconds);
    db_add_i64(&parameters, most);
    db_add_i64(&parameters, each);
    if (db_sync_run(db, STATEMENT_WEBHOOK_LEASE, &parameters, &result) != DB_DONE)
        return false;
    *events_out = row_read_all(&store_webhook_events, result, pool, count_out);
    return true;
}

bool store_webhook_record(struct db_sync *db, int64_t lease, h2o_iovec_t results, int64_t pause_seconds,
                          h2o_mem_pool_t *pool, const struct webhook_stopped **stopped_out, size_t *count_out)
{
    struct db_parameters parameters;
    const struct db_result *result;
    db_parameters_start(&parameters);
    db_add_i64(&parameters, lease);
    db_add_text(&parameters, results);
    db_add_i64(&parameters, pause_seconds);
    if (db_sync_run(db, STATEMENT_WEBHOOK_RECORD, &parameters, &result) != DB_DONE)
        return false;
    *stopped_out = row_read_all(&store_webhook_stopped, result, pool, count_out);
    return true;
}

bool store_webhook_release(struct db_sync *db, int64_t lease)
{
    struct db_parameters parameters;
    const struct db_result *result;
    db_parameters_start(&parameters);
    db_add_i64(&parameters, lease);
    return db_sync_run(db, STATEMENT_WEBHOOK_RELEASE, &parameters, &result) == DB_DONE;
}
