/* SPDX-License-Identifier: Apache-2.0 */
/* What a change did to a record, member by member. */
#ifndef HALLMARK_HISTORY_DIFFERENCE_H
#define HALLMARK_HISTORY_DIFFERENCE_H

#include "base/slice.h"

struct difference {
    h2o_iovec_t name;
    h2o_iovec_t before, after; /* the values as JSON text; SLICE_NONE: the member was not there */
};

/* The members of the top level whose text differs, by name; Id is left out, since it never does. Either document may be
 * SLICE_NONE (there was none). The list is in the pool. False when a document is no JSON object that we read. */
__attribute__((warn_unused_result)) bool difference_find(h2o_mem_pool_t *pool, h2o_iovec_t before, h2o_iovec_t after,
                                                         struct difference **out, size_t *count_out);

#endif
