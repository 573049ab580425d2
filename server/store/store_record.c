/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_record.h"

#include "store/row.h"
#include "store/store_record_call.h"

#include <assert.h>
#include <stdlib.h>

#define COLUMNS(columns) columns, sizeof(columns) / sizeof((columns)[0])

/* --- one record ------------------------------------------------------------------------------- */

struct finding {
    struct store_record_call base;
    store_record_read_cb *callback;
};

static const struct row_column found_columns[] = {
    {"version", ROW_I64, offsetof(struct record_read, version)},
    {"document", ROW_TEXT, offsetof(struct record_read, document)},
};
const struct row_table store_record_found = {STATEMENT_RECORD_FIND, COLUMNS(found_columns), sizeof(struct record_read)};

static void record_found(enum db_outcome outcome, const struct db_result *result, void *cookie);

struct store_record_call *store_record_find(struct db *db, int64_t account_id, int64_t collection_id, int64_t record_id,
                                            store_record_read_cb *callback, void *cookie)
{
    struct finding *finding = h2o_mem_alloc(sizeof(*finding));
    *finding = (struct finding){.base = {.cookie = cookie}, .callback = callback};
    h2o_mem_init_pool(&finding->base.pool);
    struct db_parameters parameters;
    db_parameters_start(&parameters);
    db_add_i64(&parameters, account_id);
    db_add_i64(&parameters, collection_id);
    db_add_i64(&parameters, record_id);
    finding->base.call = db_call_start(db, STATEMENT_RECORD_FIND, &parameters, record_found, finding);
    return &finding->base;
}

static void record_found(enum db_outcome outcome, const struct db_result *result, void *cookie)
{
    struct finding *finding = cookie;
    struct record_read read = {.outcome = outcome};
    read.found = outcome == DB_DONE && db_result_rows(result) == 1;
    if (read.found)
        row_read(&store_record_found, result, 0, &finding->base.pool, &read);
    finding->callback(&read, finding->base.cookie);
    h2o_mem_clear_pool(&finding->base.pool);
    free(finding);
}

/* --- a page of them --------------------------------------------------------------------------- */

struct listing {
    struct store_record_call base;
    const struct row_table *table;
    store_record_list_cb *callback;
};

static const struct row_column page_columns[] = {
    {"id", ROW_I64, offsetof(struct record_page_row, id)},
    {"version", ROW_I64, offsetof(struct record_page_row, version)},
    {"document", ROW_TEXT, offsetof(struct record_page_row, document)},
    {"order_values", ROW_TEXT, offsetof(struct record_page_row, order_values)}, /* only with an order of one's own */
};
const struct row_table store_record_page = {STATEMENT_RECORD_LIST, page_columns, 3, sizeof(struct record_page_row)};
const struct row_table store_record_page_ordered = {STATEMENT_RECORD_LIST_ORDERED, COLUMNS(page_columns),
                                                    sizeof(struct record_page_row)};
const struct row_table store_record_page_referenced = {STATEMENT_RECORD_LIST_REFERENCED, page_columns, 3,
                                                       sizeof(struct record_page_row)};

static void records_listed(enum db_outcome outcome, const struct db_result *result, void *cookie);

struct store_record_call *store_record_list(struct db *db, const struct record_query *query,
                                            store_record_list_cb *callback, void *cookie)
{
    bool is_ordered = query->order_keys.base != NULL, is_referenced = query->system.base != NULL;
    assert(!is_ordered || !is_referenced);
    struct listing *listing = h2o_mem_alloc(sizeof(*listing));
    *listing = (struct listing){.base = {.cookie = cookie}, .callback = callback};
    listing->table = is_ordered      ? &store_record_page_ordered
                     : is_referenced ? &store_record_page_referenced
                                     : &store_record_page;
    h2o_mem_init_pool(&listing->base.pool);
    struct db_parameters parameters;
    db_parameters_start(&parameters);
    db_add_i64(&parameters, query->account_id);
    db_add_i64(&parameters, query->collection_id);
    db_add_text(&parameters, query->filter);
    if (is_ordered) {
        db_add_text(&parameters, query->order_keys);
        db_add_text(&parameters, query->order_descending);
        db_add_text(&parameters, query->after_values);
    }
    if (is_referenced) {
        db_add_text(&parameters, query->system);
        db_add_text(&parameters, query->reference);
    }
    db_add_i64(&parameters, query->after_id);
    db_add_i64(&parameters, query->skip);
    db_add_i64(&parameters, query->limit);
    db_add_i64(&parameters, LIMIT_LIST_BYTES_MAX);
    listing->base.call = db_call_start(db, listing->table->statement, &parameters, records_listed, listing);
    return &listing->base;
}

static void records_listed(enum db_outcome outcome, const struct db_result *result, void *cookie)
{
    struct listing *listing = cookie;
    size_t count = 0;
    const struct record_page_row *rows =
        outcome == DB_DONE ? row_read_all(listing->table, result, &listing->base.pool, &count) : NULL;
    listing->callback(outcome, rows, count, listing->base.cookie);
    h2o_mem_clear_pool(&listing->base.pool);
    free(listing);
}

void store_record_cancel(struct store_record_call **call)
{
    if (*call == NULL)
        return;
    db_call_cancel(&(*call)->call);
    db_call_cancel(&(*call)->deadline);
    h2o_mem_clear_pool(&(*call)->pool);
    free(*call);
    *call = NULL;
}
