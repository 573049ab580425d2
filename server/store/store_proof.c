/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_proof.h"

#include "store/row.h"

#include <stdlib.h>

#define LOG_ID 1 /* there is one log today */

struct store_proof_call {
    struct db_call *call;
    store_place_cb *placed;
    store_note_cb *noted;
    store_nodes_cb *listed;
    store_tile_cb *laid;
    void *cookie;
};

#define FIELD(field) offsetof(struct sealed_place, field)

static const struct row_column columns[] = {
    {"leaf_index", ROW_I64, FIELD(leaf_index)},
    {"account_seq", ROW_I64, FIELD(account_seq)},
    {"leaf", ROW_BYTES, FIELD(leaf)},
    {"previous", ROW_BYTES, FIELD(previous)},
    {"frozen", ROW_BYTES, FIELD(frozen)},
    {"frozen_digest", ROW_BYTES, FIELD(frozen_digest)},
    {"checkpoint_size", ROW_I64, FIELD(checkpoint_size)},
    {"checkpoint", ROW_TEXT, FIELD(checkpoint)},
    {"archived", ROW_TEXT, FIELD(archived)},
};

const struct row_table store_proof_places = {STATEMENT_LEAF_FIND, columns, sizeof(columns) / sizeof(columns[0]),
                                             sizeof(struct sealed_place)};

static struct store_proof_call *start(struct db *db, enum statement statement, const struct db_parameters *parameters,
                                      db_call_cb *answered, struct store_proof_call made)
{
    struct store_proof_call *call = h2o_mem_alloc(sizeof(*call));
    *call = made;
    call->call = db_call_start(db, statement, parameters, answered, call);
    return call;
}

/* The call is over before its callback runs, which may start another one. */
static struct store_proof_call end(void *cookie)
{
    struct store_proof_call call = *(struct store_proof_call *)cookie;
    free(cookie);
    return call;
}

static void place_found(enum db_outcome outcome, const struct db_result *result, void *cookie)
{
    struct store_proof_call call = end(cookie);
    struct sealed_place place;
    h2o_mem_pool_t pool;
    bool found = outcome == DB_DONE && db_result_rows(result) == 1;
    h2o_mem_init_pool(&pool);
    if (found)
        row_read(&store_proof_places, result, 0, &pool, &place);
    call.placed(outcome, found ? &place : NULL, call.cookie);
    h2o_mem_clear_pool(&pool);
}

struct store_proof_call *store_proof_place(struct db *db, int64_t account_id, int64_t history_id,
                                           store_place_cb *callback, void *cookie)
{
    struct db_parameters parameters;
    db_parameters_start(&parameters);
    db_add_i64(&parameters, LOG_ID);
    db_add_i64(&parameters, account_id);
    db_add_i64(&parameters, history_id);
    return start(db, STATEMENT_LEAF_FIND, &parameters, place_found,
                 (struct store_proof_call){.placed = callback, .cookie = cookie});
}

static void note_found(enum db_outcome outcome, const struct db_result *result, void *cookie)
{
    struct store_proof_call call = end(cookie);
    bool found = outcome == DB_DONE && db_result_rows(result) == 1;
    call.noted(outcome, found ? db_result_text(result, 0, 1) : SLICE_NONE, call.cookie);
}

struct store_proof_call *store_proof_checkpoint(struct db *db, uint64_t cosigned, store_note_cb *callback, void *cookie)
{
    struct db_parameters parameters;
    db_parameters_start(&parameters);
    db_add_i64(&parameters, LOG_ID);
    db_add_i64(&parameters, (int64_t)cosigned);
    return start(db, STATEMENT_CHECKPOINT_NEWEST, &parameters, note_found,
                 (struct store_proof_call){.noted = callback, .cookie = cookie});
}

static void nodes_found(enum db_outcome outcome, const struct db_result *result, void *cookie)
{
    struct store_proof_call call = end(cookie);
    call.listed(outcome, result, call.cookie);
}

struct store_proof_call *store_proof_nodes(struct db *db, const struct db_parameters *parameters,
                                           store_nodes_cb *callback, void *cookie)
{
    return start(db, STATEMENT_SEAL_NODES, parameters, nodes_found,
                 (struct store_proof_call){.listed = callback, .cookie = cookie});
}

struct store_proof_call *store_proof_growth(struct db *db, uint64_t from, uint64_t to, store_nodes_cb *callback,
                                            void *cookie)
{
    struct db_parameters parameters;
    db_parameters_start(&parameters);
    db_add_i64(&parameters, LOG_ID);
    db_add_i64(&parameters, (int64_t)from);
    if (to == 0)
        db_add_null(&parameters);
    else
        db_add_i64(&parameters, (int64_t)to);
    return start(db, STATEMENT_CONSISTENCY_NODES, &parameters, nodes_found,
                 (struct store_proof_call){.listed = callback, .cookie = cookie});
}

static void tile_found(enum db_outcome outcome, const struct db_result *result, void *cookie)
{
    struct store_proof_call call = end(cookie);
    h2o_mem_pool_t pool;
    h2o_iovec_t hashes = SLICE_NONE;
    h2o_mem_init_pool(&pool);
    if (outcome == DB_DONE && db_result_rows(result) == 1 && !db_result_is_null(result, 0, 0))
        hashes = db_result_bytes(result, 0, 0, &pool);
    call.laid(outcome, hashes, call.cookie);
    h2o_mem_clear_pool(&pool);
}

struct store_proof_call *store_proof_tile(struct db *db, const struct store_tile *tile, store_tile_cb *callback,
                                          void *cookie)
{
    struct db_parameters parameters;
    db_parameters_start(&parameters);
    db_add_i64(&parameters, LOG_ID);
    db_add_i64(&parameters, tile->level);
    db_add_i64(&parameters, (int64_t)tile->from);
    db_add_i64(&parameters, (int64_t)tile->to);
    db_add_i64(&parameters, (int64_t)tile->size_least);
    db_add_i64(&parameters, (int64_t)tile->size_most);
    return start(db, STATEMENT_TILE_READ, &parameters, tile_found,
                 (struct store_proof_call){.laid = callback, .cookie = cookie});
}

void store_proof_cancel(struct store_proof_call **call)
{
    if (*call == NULL)
        return;
    db_call_cancel(&(*call)->call);
    free(*call);
    *call = NULL;
}
