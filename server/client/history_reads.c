/* SPDX-License-Identifier: Apache-2.0 */
#include "client/history_reads.h"

#include "base/log.h"
#include "base/text.h"

#include <stdlib.h>

#define BATCH_BYTES_USUAL 4096

/* A JSON array that is not closed yet. */
struct batch {
    h2o_mem_pool_t pool;
    struct text rows;
    size_t count;
};

struct history_reads {
    struct db *db;
    h2o_loop_t *loop;
    h2o_timeout_t interval;
    h2o_timeout_entry_t due;
    struct db_call *call;
    struct batch batches[2];
    struct batch *collecting, *saving; /* they change places when the one that is saved is in the database */
};

static void batch_start(struct batch *batch)
{
    h2o_mem_init_pool(&batch->pool);
    text_start(&batch->rows, &batch->pool, BATCH_BYTES_USUAL);
    text_add_char(&batch->rows, '[');
    batch->count = 0;
}

static void batch_clear(struct batch *batch)
{
    h2o_mem_clear_pool(&batch->pool);
    batch_start(batch);
}

/* --- collecting -------------------------------------------------------------------------------------------------- */

static void add_question(struct text *rows, const struct history_read *read)
{
    h2o_mem_pool_t pool;
    struct text question;
    h2o_mem_init_pool(&pool);
    text_start(&question, &pool, read->path.len + read->query.len + 1);
    text_add(&question, read->path);
    if (read->query.base != NULL) {
        text_add_char(&question, '?');
        text_add(&question, read->query);
    }
    text_add_string_member(rows, SLICE("question"), text_slice(&question));
    h2o_mem_clear_pool(&pool);
}

static void add_read(struct batch *batch, const struct history_read *read)
{
    char address[LIMIT_ADDRESS_BYTES_MAX];
    struct text *rows = &batch->rows;
    size_t address_len = address_text(read->address, address);
    if (batch->count++ > 0)
        text_add_char(rows, ',');
    text_add_char(rows, '{');
    text_add_u64_member(rows, SLICE("account"), (uint64_t)read->account_id);
    text_add_u64_member(rows, SLICE("at_us"), (uint64_t)read->at_us);
    text_add_string_member(rows, SLICE("request"), read->request_id);
    text_add_string_member(rows, SLICE("application"), read->application_name);
    text_add_string_member(rows, SLICE("key"), read->client_id);
    if (read->user_id != 0)
        text_add_u64_member(rows, SLICE("user"), (uint64_t)read->user_id);
    text_add_string_member(rows, SLICE("address"), (h2o_iovec_t){address, address_len});
    add_question(rows, read);
    text_add_u64_member(rows, SLICE("given"), read->given);
    text_add_char(rows, '}');
}

static void wind_up(struct history_reads *reads)
{
    if (!h2o_timeout_is_linked(&reads->due))
        h2o_timeout_link(reads->loop, &reads->interval, &reads->due);
}

static void save(struct history_reads *reads);

bool history_reads_add(struct history_reads *reads, const struct history_read *read)
{
    if (reads->collecting->count == LIMIT_HISTORY_READS_MAX)
        return false;
    add_read(reads->collecting, read);
    /* A batch that failed is asked again at its time, not at each request. */
    if (reads->collecting->count >= LIMIT_HISTORY_READS_MAX / 2 && reads->call == NULL && reads->saving->count == 0)
        save(reads);
    wind_up(reads);
    return true;
}

bool history_reads_is_saving(const struct history_reads *reads)
{
    return reads->call != NULL;
}

size_t history_reads_waiting(const struct history_reads *reads)
{
    return reads->collecting->count + reads->saving->count;
}

/* --- saving ------------------------------------------------------------------------------------------------------ */

static void saved(enum db_outcome outcome, const struct db_result *result, void *cookie)
{
    struct history_reads *reads = cookie;
    reads->call = NULL;
    (void)result;
    if (outcome == DB_DONE)
        batch_clear(reads->saving);
    else
        log_event(LOG_LEVEL_WARN, "history_reads_not_saved", "\"reads\":%zu,\"again\":true", reads->saving->count);
    if (history_reads_waiting(reads) > 0)
        wind_up(reads);
}

static void swap_when_saved(struct history_reads *reads)
{
    struct batch *full = reads->collecting;
    if (reads->saving->count > 0)
        return;
    reads->collecting = reads->saving;
    reads->saving = full;
    text_add_char(&full->rows, ']');
}

static void save(struct history_reads *reads)
{
    struct db_parameters parameters;
    swap_when_saved(reads);
    db_parameters_start(&parameters);
    db_add_text(&parameters, text_slice(&reads->saving->rows));
    reads->call = db_call_start(reads->db, STATEMENT_HISTORY_READ_SAVE, &parameters, saved, reads);
}

static void on_due(h2o_timeout_entry_t *entry)
{
    struct history_reads *reads = H2O_STRUCT_FROM_MEMBER(struct history_reads, due, entry);
    if (reads->call != NULL)
        wind_up(reads);
    else if (history_reads_waiting(reads) > 0)
        save(reads);
}

/* Two batches at most: one that failed, and one behind it. */
bool history_reads_save_last(struct history_reads *reads, struct db_sync *db)
{
    struct db_parameters parameters;
    const struct db_result *result;
    while (history_reads_waiting(reads) > 0) {
        swap_when_saved(reads);
        db_parameters_start(&parameters);
        db_add_text(&parameters, text_slice(&reads->saving->rows));
        if (db_sync_run(db, STATEMENT_HISTORY_READ_SAVE, &parameters, &result) != DB_DONE)
            return false;
        batch_clear(reads->saving);
    }
    return true;
}

/* --- life -------------------------------------------------------------------------------------------------------- */

struct history_reads *history_reads_create(h2o_loop_t *loop, struct db *db)
{
    struct history_reads *reads = h2o_mem_alloc(sizeof(*reads));
    memset(reads, 0, sizeof(*reads));
    reads->db = db;
    reads->loop = loop;
    batch_start(&reads->batches[0]);
    batch_start(&reads->batches[1]);
    reads->collecting = &reads->batches[0];
    reads->saving = &reads->batches[1];
    h2o_timeout_init(loop, &reads->interval, LIMIT_HISTORY_READS_MS);
    reads->due.cb = on_due;
    return reads;
}

void history_reads_stop(struct history_reads *reads)
{
    db_call_cancel(&reads->call);
    h2o_timeout_unlink(&reads->due);
    h2o_timeout_dispose(reads->loop, &reads->interval);
}

void history_reads_destroy(struct history_reads *reads)
{
    if (reads == NULL)
        return;
    h2o_mem_clear_pool(&reads->batches[0].pool);
    h2o_mem_clear_pool(&reads->batches[1].pool);
    free(reads);
}
