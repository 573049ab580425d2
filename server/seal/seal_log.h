/* SPDX-License-Identifier: Apache-2.0 */
/* The log in the database, over one blocking connection: how far it is, the next batch, and its roots of old. */
#ifndef HALLMARK_SEAL_SEAL_LOG_H
#define HALLMARK_SEAL_SEAL_LOG_H

#include "seal/merkle.h"
#include "seal/note.h"
#include "store/db_sync.h"

#define SEAL_LOG_ID    1    /* there is one log today */
#define SEAL_KEYS_MAX  2    /* while a key is exchanged, the old one and the new one sign */
#define SEAL_BATCH_MAX 2000 /* changes of one transaction: a tenth of a second of work */

struct seal_identity { /* as whom a log signs; read-only */
    h2o_iovec_t origin;
    struct note_signer signers[SEAL_KEYS_MAX];
    size_t signer_count;
};

struct seal_log_state {
    struct merkle_range range;
    bool same_cluster; /* else it was restored into another one, and its owner has not begun an epoch yet */
    bool writable;     /* else it is a standby */
    bool held;         /* this connection is the one that may seal */
};
/* False when the database did not answer (db_sync_message). */
__attribute__((warn_unused_result)) bool seal_log_look(struct db_sync *db, struct seal_log_state *out);

enum seal_outcome {
    SEAL_DONE,    /* `count` changes have their places */
    SEAL_NOTHING, /* there was nothing to place */
    SEAL_ALTERED, /* the bytes of `history_id` are not those that its columns make, or not those of its digest */
    SEAL_RACED,   /* the log was no longer as `range` says: look again */
    SEAL_FAILED,  /* the database did not do it, or OpenSSL did not sign */
};
struct seal_report {
    size_t count;
    int64_t account_id, history_id; /* ALTERED */
    h2o_iovec_t note;               /* DONE: the checkpoint, in the pool */
};
/* The next batch, as one transaction; `range` goes along with it. */
__attribute__((warn_unused_result)) enum seal_outcome seal_log_batch(struct db_sync *db, h2o_mem_pool_t *pool,
                                                                     struct merkle_range *range,
                                                                     const struct seal_identity *identity,
                                                                     struct seal_report *out);

/* The root of the first `size` leaves, from what the database keeps; false when it does not have them. */
__attribute__((warn_unused_result)) bool seal_log_root_at(struct db_sync *db, uint64_t size, uint64_t log_size,
                                                          struct merkle_hash *out);

/* The newest checkpoint as a note, in the pool; SLICE_NONE when there is none or the database did not answer. */
h2o_iovec_t seal_log_last_note(struct db_sync *db, h2o_mem_pool_t *pool);

#endif
