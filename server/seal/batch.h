/* SPDX-License-Identifier: Apache-2.0 */
/* Changes that get their places, one behind the other: in the log, and in their account. Pure; what comes out are the
 * arrays that seal_write.sql takes. */
#ifndef HALLMARK_SEAL_BATCH_H
#define HALLMARK_SEAL_BATCH_H

#include "base/text.h"
#include "seal/leaf.h"

struct batch_change {
    int64_t account_id, history_id, at_us;
    uint8_t frozen_digest[DIGEST_BYTES];
    /* of its account, before the whole batch: 0 and zeros when it had none */
    uint64_t last_seq;
    struct merkle_hash last_leaf;
};

struct batch_account;

struct batch {
    struct merkle_range range; /* the tree with what was placed so far */
    struct text account_ids, account_seqs, history_ids, ats_us, leaves;
    struct text node_levels, node_numbers, node_hashes;
    struct batch_account *accounts; /* by id, open addressing */
    size_t account_slots;
};

/* In the pool; at most `changes_max` will be placed. */
void batch_start(struct batch *batch, h2o_mem_pool_t *pool, const struct merkle_range *range, size_t changes_max);
void batch_place(struct batch *batch, const struct batch_change *change);
void batch_end(struct batch *batch); /* the arrays are whole */

#endif
