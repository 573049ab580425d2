/* SPDX-License-Identifier: Apache-2.0 */
/* A checkpoint (C2SP tlog-checkpoint): what the log was, in three lines: its origin, its size in decimal digits, its
 * root in base64. It travels as a signed note (seal/note.h). */
#ifndef HALLMARK_SEAL_CHECKPOINT_H
#define HALLMARK_SEAL_CHECKPOINT_H

#include "seal/merkle.h"

struct checkpoint {
    h2o_iovec_t origin;
    uint64_t size;
    struct merkle_hash root;
};

/* The note's text, in the pool. */
h2o_iovec_t checkpoint_text(h2o_mem_pool_t *pool, const struct checkpoint *checkpoint);

/* Borrows the origin from the text. Lines behind the third are passed over. */
__attribute__((warn_unused_result)) bool checkpoint_parse(h2o_iovec_t text, struct checkpoint *out);

#endif
