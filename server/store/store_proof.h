/* SPDX-License-Identifier: Apache-2.0 */
/* What proofs about the sealed history are made of, asked on a loop. */
#ifndef HALLMARK_STORE_STORE_PROOF_H
#define HALLMARK_STORE_STORE_PROOF_H

#include "base/secret.h"
#include "store/db.h"

struct sealed_place { /* of one change; texts and bytes are valid inside the callback */
    int64_t leaf_index, account_seq;
    h2o_iovec_t leaf, previous;        /* 32 bytes each; previous SLICE_NONE for an account's first change */
    h2o_iovec_t frozen, frozen_digest; /* SLICE_NONE once its month is archived */
    int64_t checkpoint_size;
    h2o_iovec_t checkpoint; /* the newest one, a note */
    h2o_iovec_t archived;   /* where it is, in a sentence; SLICE_NONE: it is here */
};

typedef void store_place_cb(enum db_outcome outcome, const struct sealed_place *place, void *cookie);
typedef void store_note_cb(enum db_outcome outcome, h2o_iovec_t note, void *cookie);
typedef void store_nodes_cb(enum db_outcome outcome, const struct db_result *nodes, void *cookie);

/* Each callback fires once, never inside the start, never after the cancellation. */
struct store_proof_call;

/* `place` NULL with DB_DONE: the change has no place yet, or there is no such change in this account. */
struct store_proof_call *store_proof_place(struct db *db, int64_t account_id, int64_t history_id,
                                           store_place_cb *callback, void *cookie);
/* The newest that at least so many witnesses have cosigned, with their lines; SLICE_NONE with DB_DONE: there is none.
 */
struct store_proof_call *store_proof_checkpoint(struct db *db, uint64_t cosigned, store_note_cb *callback,
                                                void *cookie);
/* Parameters of seal_nodes.sql behind the log's id, as seal/node_set.h adds them; the rows are those of that
 * statement. */
struct store_proof_call *store_proof_nodes(struct db *db, const struct db_parameters *parameters,
                                           store_nodes_cb *callback, void *cookie);

/* The rows of consistency_nodes.sql; `to` 0: up to the newest checkpoint. */
struct store_proof_call *store_proof_growth(struct db *db, uint64_t from, uint64_t to, store_nodes_cb *callback,
                                            void *cookie);

/* The hashes of a tile, one behind the other; SLICE_NONE with DB_DONE: no checkpoint of such a size was signed. */
struct store_tile {
    unsigned level;
    uint64_t from, to; /* numbers of the level, `to` excluded */
    uint64_t size_least, size_most;
};
typedef void store_tile_cb(enum db_outcome outcome, h2o_iovec_t hashes, void *cookie);
struct store_proof_call *store_proof_tile(struct db *db, const struct store_tile *tile, store_tile_cb *callback,
                                          void *cookie);

void store_proof_cancel(struct store_proof_call **call);

#endif
