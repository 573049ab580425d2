/* SPDX-License-Identifier: Apache-2.0 */
/* That a log has grown from one size into another, as GET /history/consistency tells it
 * (history/consistency_endpoint.h): read, and checked. */
#ifndef HALLMARK_SEAL_GROWTH_H
#define HALLMARK_SEAL_GROWTH_H

#include "seal/checkpoint.h"

struct growth {
    uint64_t from, to;
    struct merkle_proof proof;
};

/* The checkpoint behind the empty line is not looked at: whoever checks has both of his own. */
__attribute__((warn_unused_result)) bool growth_parse(h2o_iovec_t text, struct growth *out);

/* Whether the smaller of two checkpoints has grown into the larger one by this proof. */
bool growth_joins(const struct growth *growth, const struct checkpoint *one, const struct checkpoint *other);

#endif
