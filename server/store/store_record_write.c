/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "store/row.h"
#include "store/store_record_call.h"

#include <assert.h>
#include <stdlib.h>

#define AGAIN_MS 50 /* between two looks at a backend that is being ended, or at a database that is busy */

struct writing {
    struct store_record_call base;
    struct db *db;
    store_record_write_cb *callback;
    enum record_write_kind kind;
    int64_t account_id, started_ms;
    h2o_iovec_t client_id, key_digest, request_digest, request_id; /* in the pool */
    struct record_written word; /* what the write said, when that may not be the last word */
    struct db_backend backend;  /* that had the write when its answer was lost */
    bool backend_is_gone;
};

struct written_row {
    h2o_iovec_t word, digest;
    int64_t record_id, version, history_id;
};

static const struct row_column written_columns[] = {
    {"result", ROW_TEXT, offsetof(struct written_row, word)},
    {"record_id", ROW_I64, offsetof(struct written_row, record_id)},
    {"version", ROW_I64, offsetof(struct written_row, version)},
    {"history_id", ROW_I64, offsetof(struct written_row, history_id)},
    {"frozen_digest", ROW_BYTES, offsetof(struct written_row, digest)},
};
#define WRITTEN_COLUMN_COUNT (sizeof(written_columns) / sizeof(written_columns[0]))
#define WRITTEN_TABLE(statement)                                                                                       \
    {                                                                                                                  \
        statement, written_columns, WRITTEN_COLUMN_COUNT, sizeof(struct written_row)                                   \
    }
const struct row_table store_record_write_created = WRITTEN_TABLE(STATEMENT_RECORD_CREATE);
const struct row_table store_record_write_replaced = WRITTEN_TABLE(STATEMENT_RECORD_REPLACE);
const struct row_table store_record_write_deleted = WRITTEN_TABLE(STATEMENT_RECORD_DELETE);
const struct row_table store_record_write_repeated = WRITTEN_TABLE(STATEMENT_IDEMPOTENCY_FIND);
/* A write that is found has been written: its row has no word. */
const struct row_table store_record_write_lost = {STATEMENT_WRITE_FIND, written_columns + 1, WRITTEN_COLUMN_COUNT - 1,
                                                  sizeof(struct written_row)};

static const struct kind_row {
    const struct row_table *table;
    bool has_record, has_document, has_version, has_before, has_after;
} kinds[] = {
    [RECORD_CREATE] = {.table = &store_record_write_created, .has_document = true, .has_after = true},
    [RECORD_REPLACE] = {&store_record_write_replaced, true, true, true, true, true},
    [RECORD_DELETE] = {.table = &store_record_write_deleted,
                       .has_record = true,
                       .has_version = true,
                       .has_before = true},
};

static const struct {
    h2o_iovec_t word;
    enum record_write_result result;
} words[] = {
    {{(char *)"written", 7}, RECORD_WRITTEN},
    {{(char *)"replayed", 8}, RECORD_REPLAYED},
    {{(char *)"missing", 7}, RECORD_MISSING},
    {{(char *)"version_differs", 15}, RECORD_VERSION_DIFFERS},
    {{(char *)"key_reused", 10}, RECORD_KEY_REUSED},
    {{(char *)"conflict", 8}, RECORD_BUSY}, /* unless idempotency_find knows better */
};

/* --- the end ---------------------------------------------------------------------------------- */

static void write_end(struct writing *writing, const struct record_written *written)
{
    struct record_written copy = *written; /* it may stand in what is freed here */
    store_record_write_cb *callback = writing->callback;
    void *cookie = writing->base.cookie;
    db_call_cancel(&writing->base.call); /* a no-op for the one that is being answered */
    db_call_cancel(&writing->base.deadline);
    h2o_mem_clear_pool(&writing->base.pool);
    free(writing);
    callback(&copy, cookie);
}

static void write_end_as(struct writing *writing, enum record_write_result result)
{
    write_end(writing, &(struct record_written){.result = result});
}

static struct record_written written_of(const struct row_table *table, const struct db_result *result,
                                        h2o_mem_pool_t *pool)
{
    struct written_row row = {.word = SLICE("written")};
    row_read(table, result, 0, pool, &row);
    struct record_written written = {
        .result = RECORD_FAILED, .record_id = row.record_id, .version = row.version, .history_id = row.history_id};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); ++i) {
        if (slice_equal(row.word, words[i].word))
            written.result = words[i].result;
    }
    if (row.digest.base != NULL) {
        assert(row.digest.len == DIGEST_BYTES);
        memcpy(written.digest, row.digest.base, DIGEST_BYTES);
    }
    return written;
}

/* --- the write -------------------------------------------------------------------------------- */

static void write_answered(enum db_outcome outcome, const struct db_result *result, void *cookie);

/* In the order that the three statements share. */
static void add_parameters(struct db_parameters *parameters, const struct record_write *write,
                           uint8_t salts[static 4 * STORE_SALT_BYTES])
{
    const struct kind_row *kind = &kinds[write->kind];
    const struct record_author *author = &write->author;
    const bool has_salt[] = {kind->has_before, kind->has_after, true, true}; /* before, after, person, address */
    db_add_i64(parameters, write->account_id);
    db_add_i64(parameters, write->collection_id);
    if (kind->has_record)
        db_add_i64(parameters, write->record_id);
    db_add_text(parameters, write->collection);
    if (kind->has_document) {
        db_add_text(parameters, write->document);
        db_add_text(parameters, write->external_references);
    }
    if (kind->has_version)
        db_add_i64(parameters, write->expected_version);
    db_add_bytes(parameters, write->idempotency_key_digest);
    db_add_bytes(parameters, write->request_digest);
    db_add_i64(parameters, author->application_id);
    db_add_text(parameters, author->application_name);
    db_add_text(parameters, author->client_id);
    db_add_text(parameters, author->key_name);
    db_add_i64(parameters, author->holder_id);
    db_add_i64(parameters, author->user_id);
    db_add_text(parameters, author->person_name);
    db_add_text(parameters, author->token_jti);
    db_add_text(parameters, author->request_id);
    db_add_text(parameters, author->address);
    for (size_t i = 0; i < sizeof(has_salt) / sizeof(has_salt[0]); ++i) {
        if (has_salt[i])
            db_add_bytes(parameters, (h2o_iovec_t){(char *)salts + i * STORE_SALT_BYTES, STORE_SALT_BYTES});
    }
}

static h2o_iovec_t keep(h2o_mem_pool_t *pool, h2o_iovec_t text)
{
    return text.base == NULL ? SLICE_NONE : slice_copy(pool, text);
}

struct store_record_call *store_record_write(struct db *db, const struct record_write *write,
                                             store_record_write_cb *callback, void *cookie)
{
    assert((write->idempotency_key_digest.base == NULL) == (write->request_digest.base == NULL));
    struct writing *writing = h2o_mem_alloc(sizeof(*writing));
    *writing = (struct writing){.base = {.cookie = cookie},
                                .db = db,
                                .callback = callback,
                                .kind = write->kind,
                                .account_id = write->account_id,
                                .started_ms = clock_monotonic_ms()};
    h2o_mem_init_pool(&writing->base.pool);
    writing->client_id = keep(&writing->base.pool, write->author.client_id);
    writing->key_digest = keep(&writing->base.pool, write->idempotency_key_digest);
    writing->request_digest = keep(&writing->base.pool, write->request_digest);
    writing->request_id = keep(&writing->base.pool, write->author.request_id);
    uint8_t salts[4 * STORE_SALT_BYTES];
    secret_random(salts, sizeof(salts));
    struct db_parameters parameters;
    db_parameters_start(&parameters);
    add_parameters(&parameters, write, salts);
    writing->base.call = db_call_start(db, kinds[write->kind].table->statement, &parameters, write_answered, writing);
    return &writing->base;
}

/* Data that PostgreSQL cannot take (22...), or more of it than its types hold (54...), are the caller's. What a write
 * finds taken (23505) is an external reference: its other keys are drawn, or give way. Two writes that wait for each
 * other's references (40P01) may be asked again, one of them has done nothing. */
static enum record_write_result refusal_of(const struct db_result *result)
{
    h2o_iovec_t sqlstate = db_result_sqlstate(result);
    if (slice_equal(sqlstate, SLICE("23505")))
        return RECORD_REFERENCE_TAKEN;
    if (slice_equal(sqlstate, SLICE("40P01")))
        return RECORD_BUSY;
    bool is_callers = slice_starts_with(sqlstate, SLICE("22")) || slice_starts_with(sqlstate, SLICE("54"));
    return is_callers ? RECORD_REFUSED : RECORD_FAILED;
}

static void write_look_at_key(struct writing *writing);
static void write_recover(struct writing *writing);
static void write_too_late(enum db_outcome outcome, const struct db_result *result, void *cookie);

static void write_answered(enum db_outcome outcome, const struct db_result *result, void *cookie)
{
    struct writing *writing = cookie;
    switch (outcome) {
    case DB_DONE:
        writing->word = written_of(kinds[writing->kind].table, result, &writing->base.pool);
        if (writing->word.result == RECORD_WRITTEN || writing->key_digest.base == NULL)
            write_end(writing, &writing->word);
        else
            write_look_at_key(writing);
        return;
    case DB_BUSY:
        write_end_as(writing, RECORD_BUSY);
        return;
    case DB_REFUSED:
        write_end_as(writing, refusal_of(result));
        return;
    case DB_LOST:
        writing->backend = db_call_backend(writing->base.call);
        int64_t left_ms = writing->started_ms + LIMIT_DB_OUTCOME_MS - clock_monotonic_ms();
        writing->base.deadline = db_call_pause(writing->db, left_ms > 0 ? left_ms : 0, write_too_late, writing);
        write_recover(writing);
        return;
    }
}

/* --- a key that may have been used before ----------------------------------------------------- */

static void write_key_found(enum db_outcome outcome, const struct db_result *result, void *cookie);

static void write_look_at_key(struct writing *writing)
{
    struct db_parameters parameters;
    db_parameters_start(&parameters);
    db_add_i64(&parameters, writing->account_id);
    db_add_text(&parameters, writing->client_id);
    db_add_bytes(&parameters, writing->key_digest);
    db_add_bytes(&parameters, writing->request_digest);
    writing->base.call = db_call_start(writing->db, STATEMENT_IDEMPOTENCY_FIND, &parameters, write_key_found, writing);
}

static void write_key_found(enum db_outcome outcome, const struct db_result *result, void *cookie)
{
    struct writing *writing = cookie;
    if (outcome == DB_REFUSED) {
        write_end_as(writing, RECORD_FAILED);
    } else if (outcome != DB_DONE) {
        write_end_as(writing, RECORD_BUSY); /* this request wrote nothing, that much is known */
    } else if (db_result_rows(result) == 0) {
        write_end(writing, &writing->word);
    } else {
        struct record_written first = written_of(&store_record_write_repeated, result, &writing->base.pool);
        write_end(writing, &first);
    }
}

/* --- a lost answer ---------------------------------------------------------------------------- */

/* First the backend has to be gone: as long as it lives it may still commit. Then what it did is there to be seen, or
 * never will be. */
static void write_backend_ended(enum db_outcome outcome, const struct db_result *result, void *cookie);
static void write_looked_up(enum db_outcome outcome, const struct db_result *result, void *cookie);

static void write_recover(struct writing *writing)
{
    struct db_parameters parameters;
    db_parameters_start(&parameters);
    if (writing->backend_is_gone) {
        db_add_i64(&parameters, writing->account_id);
        db_add_text(&parameters, writing->request_id);
        writing->base.call = db_call_start(writing->db, STATEMENT_WRITE_FIND, &parameters, write_looked_up, writing);
    } else {
        db_add_i64(&parameters, writing->backend.pid);
        db_add_i64(&parameters, writing->backend.started_us);
        writing->base.call =
            db_call_start(writing->db, STATEMENT_BACKEND_END, &parameters, write_backend_ended, writing);
    }
}

static void write_paused(enum db_outcome outcome, const struct db_result *result, void *cookie)
{
    (void)result;
    if (outcome == DB_DONE)
        write_recover(cookie);
    else
        write_end_as(cookie, RECORD_OUTCOME_UNKNOWN); /* the lanes are being taken down */
}

static void write_pause(struct writing *writing)
{
    writing->base.call = db_call_pause(writing->db, AGAIN_MS, write_paused, writing);
}

static void write_backend_ended(enum db_outcome outcome, const struct db_result *result, void *cookie)
{
    struct writing *writing = cookie;
    writing->backend_is_gone = outcome == DB_DONE && !db_result_bool(result, 0, 0);
    if (writing->backend_is_gone)
        write_recover(writing);
    else
        write_pause(writing);
}

static void write_looked_up(enum db_outcome outcome, const struct db_result *result, void *cookie)
{
    struct writing *writing = cookie;
    if (outcome != DB_DONE) {
        write_pause(writing);
    } else if (db_result_rows(result) == 0) {
        write_end_as(writing, RECORD_BUSY);
    } else {
        struct record_written written = written_of(&store_record_write_lost, result, &writing->base.pool);
        write_end(writing, &written);
    }
}

static void write_too_late(enum db_outcome outcome, const struct db_result *result, void *cookie)
{
    (void)outcome;
    (void)result;
    write_end_as(cookie, RECORD_OUTCOME_UNKNOWN);
}
