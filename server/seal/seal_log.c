/* SPDX-License-Identifier: Apache-2.0 */
#include "seal/seal_log.h"

#include "seal/batch.h"
#include "seal/checkpoint.h"
#include "seal/node_set.h"

#include <assert.h>
#include <string.h>

static void start(struct db_parameters *parameters)
{
    db_parameters_start(parameters);
    db_add_i64(parameters, SEAL_LOG_ID);
}

static void read_hash(const struct db_result *result, size_t row, size_t column, h2o_mem_pool_t *pool, uint8_t *out)
{
    h2o_iovec_t bytes = db_result_bytes(result, row, column, pool);
    assert(bytes.len == DIGEST_BYTES);
    memcpy(out, bytes.base, DIGEST_BYTES);
}

/* --- how far it is ----------------------------------------------------------------------------------------------- */

bool seal_log_look(struct db_sync *db, struct seal_log_state *out)
{
    struct db_parameters parameters;
    const struct db_result *result;
    h2o_mem_pool_t pool;
    start(&parameters);
    if (db_sync_run(db, STATEMENT_SEAL_STATE, &parameters, &result) != DB_DONE || db_result_rows(result) != 1)
        return false;
    h2o_mem_init_pool(&pool);
    h2o_iovec_t roots = db_result_bytes(result, 0, 1, &pool);
    *out = (struct seal_log_state){.range = {.size = (uint64_t)db_result_i64(result, 0, 0)},
                                   .same_cluster = db_result_bool(result, 0, 2),
                                   .writable = db_result_bool(result, 0, 3),
                                   .held = db_result_bool(result, 0, 4)};
    assert(roots.len == merkle_range_count(out->range.size) * DIGEST_BYTES); /* a constraint of the table */
    if (roots.len > 0)
        memcpy(out->range.roots, roots.base, roots.len);
    h2o_mem_clear_pool(&pool);
    return true;
}

h2o_iovec_t seal_log_last_note(struct db_sync *db, h2o_mem_pool_t *pool)
{
    struct db_parameters parameters;
    const struct db_result *result;
    start(&parameters);
    if (db_sync_run(db, STATEMENT_CHECKPOINT_LAST, &parameters, &result) != DB_DONE || db_result_rows(result) == 0)
        return SLICE_NONE;
    return slice_copy(pool, db_result_text(result, 0, 1));
}

/* --- a batch ----------------------------------------------------------------------------------------------------- */

struct reading { /* what the batch ends with, beside its changes */
    char xid[24];
    int64_t history_id;
    size_t count;
};

static void read_change(const struct db_result *result, size_t row, h2o_mem_pool_t *pool, struct batch_change *out)
{
    *out = (struct batch_change){.account_id = db_result_i64(result, row, 0),
                                 .history_id = db_result_i64(result, row, 1),
                                 .at_us = db_result_i64(result, row, 2),
                                 .last_seq = (uint64_t)db_result_i64(result, row, 7)};
    read_hash(result, row, 3, pool, out->frozen_digest);
    if (!db_result_is_null(result, row, 8))
        read_hash(result, row, 8, pool, out->last_leaf.bytes);
}

static enum seal_outcome read_batch(const struct db_result *result, h2o_mem_pool_t *pool, struct batch *batch,
                                    struct reading *reading, struct seal_report *out)
{
    struct batch_change change;
    reading->count = db_result_rows(result);
    for (size_t row = 0; row < reading->count; ++row) {
        read_change(result, row, pool, &change);
        if (!db_result_bool(result, row, 4)) {
            out->account_id = change.account_id;
            out->history_id = change.history_id;
            return SEAL_ALTERED;
        }
        batch_place(batch, &change);
    }
    batch_end(batch);
    if (reading->count == 0)
        return SEAL_NOTHING;
    h2o_iovec_t xid = db_result_text(result, reading->count - 1, 6);
    assert(xid.len < sizeof(reading->xid));
    memcpy(reading->xid, xid.base, xid.len);
    reading->xid[xid.len] = '\0';
    reading->history_id = change.history_id;
    return SEAL_DONE;
}

static h2o_iovec_t sign(h2o_mem_pool_t *pool, const struct merkle_range *range, const struct seal_identity *identity)
{
    struct checkpoint checkpoint = {identity->origin, range->size, merkle_root(range)};
    return note_sign(pool, checkpoint_text(pool, &checkpoint), identity->signers, identity->signer_count);
}

static enum seal_outcome write_batch(struct db_sync *db, const struct batch *batch, uint64_t old_size,
                                     const struct reading *reading, h2o_iovec_t note)
{
    struct db_parameters parameters;
    const struct db_result *result;
    const struct text *arrays[] = {&batch->account_ids,  &batch->account_seqs, &batch->history_ids,
                                   &batch->ats_us,       &batch->leaves,       &batch->node_levels,
                                   &batch->node_numbers, &batch->node_hashes};
    size_t roots = merkle_range_count(batch->range.size) * DIGEST_BYTES;
    start(&parameters);
    db_add_i64(&parameters, (int64_t)old_size);
    db_add_i64(&parameters, (int64_t)batch->range.size);
    db_add_bytes(&parameters, (h2o_iovec_t){(char *)batch->range.roots, roots});
    db_add_text(&parameters, slice_of(reading->xid));
    db_add_i64(&parameters, reading->history_id);
    for (size_t i = 0; i < sizeof(arrays) / sizeof(arrays[0]); ++i)
        db_add_text(&parameters, text_slice(arrays[i]));
    db_add_text(&parameters, note);
    if (db_sync_run(db, STATEMENT_SEAL_WRITE, &parameters, &result) != DB_DONE)
        return SEAL_FAILED;
    return db_result_rows(result) == 1 ? SEAL_DONE : SEAL_RACED;
}

/* An epoch that is over is left when nothing of it remains. */
static enum seal_outcome leave_epoch(struct db_sync *db)
{
    struct db_parameters parameters;
    const struct db_result *result;
    start(&parameters);
    if (db_sync_run(db, STATEMENT_SEAL_EPOCH, &parameters, &result) != DB_DONE)
        return SEAL_FAILED;
    return db_result_rows(result) == 1 ? SEAL_RACED : SEAL_NOTHING;
}

enum seal_outcome seal_log_batch(struct db_sync *db, h2o_mem_pool_t *pool, struct merkle_range *range,
                                 const struct seal_identity *identity, struct seal_report *out)
{
    struct db_parameters parameters;
    const struct db_result *result;
    struct batch batch;
    struct reading reading;
    *out = (struct seal_report){.count = 0};
    start(&parameters);
    db_add_i64(&parameters, SEAL_BATCH_MAX);
    if (db_sync_run(db, STATEMENT_SEAL_READ, &parameters, &result) != DB_DONE)
        return SEAL_FAILED;
    batch_start(&batch, pool, range, db_result_rows(result));
    enum seal_outcome outcome = read_batch(result, pool, &batch, &reading, out);
    if (outcome == SEAL_NOTHING)
        return leave_epoch(db);
    if (outcome != SEAL_DONE)
        return outcome;
    out->note = sign(pool, &batch.range, identity);
    if (out->note.base == NULL)
        return SEAL_FAILED;
    outcome = write_batch(db, &batch, range->size, &reading, out->note);
    if (outcome == SEAL_DONE) {
        *range = batch.range;
        out->count = reading.count;
    }
    return outcome;
}

/* --- roots of old ------------------------------------------------------------------------------------------------ */

bool seal_log_root_at(struct db_sync *db, uint64_t size, uint64_t log_size, struct merkle_hash *out)
{
    struct db_parameters parameters;
    const struct db_result *result;
    struct node_set nodes;
    h2o_mem_pool_t pool;
    if (size > log_size)
        return false;
    h2o_mem_init_pool(&pool);
    start(&parameters);
    node_set_start(&nodes, &pool, &parameters, size == 0 ? 0 : size - 1, size);
    bool done = db_sync_run(db, STATEMENT_SEAL_NODES, &parameters, &result) == DB_DONE;
    if (done)
        node_set_fill(&nodes, result);
    done = done && merkle_root_at(size, node_set_read, &nodes, out);
    h2o_mem_clear_pool(&pool);
    return done;
}
