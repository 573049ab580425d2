/* SPDX-License-Identifier: Apache-2.0 */
/* $orderby: members of the record, each with asc or desc, a comma between them. Records that are equal in all of them
 * stand by their Id. */
#ifndef HALLMARK_GATEWAY_ORDER_H
#define HALLMARK_GATEWAY_ORDER_H

#include "gateway/filter.h"

struct order {
    h2o_iovec_t keys;       /* JSON array of member names */
    h2o_iovec_t descending; /* JSON array of booleans, as long */
};

__attribute__((warn_unused_result)) bool order_read(h2o_mem_pool_t *pool, h2o_iovec_t text, struct order *out,
                                                    struct filter_fault *fault);

#endif
