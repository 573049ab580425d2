/* SPDX-License-Identifier: Apache-2.0 */
/* $filter: eq ne gt ge lt le, and or not, parentheses; on the left a member, or a path of members (Address/City), on
 * the right a string ('it''s'), a number, a date (datetime'2020-01-31', 2020-01-31, 2020-01-31T08:30:00Z), true, false
 * or null.
 *
 * It becomes the text of a jsonpath predicate, which travels to the database as a parameter. What it means:
 * - a member that is not there is null; null equals null alone, so `Price ne 5` holds for a record without Price;
 * - values of different types are not equal, and neither is greater or less;
 * - `not` is true wherever its operand is not: a comparison is true or false, never unknown;
 * - strings are compared by their code points;
 * - a date is compared with strings of the form YYYY-MM-DD[Thh:mm[:ss[.f]][Z]] by the moment that they name. */
#ifndef HALLMARK_GATEWAY_FILTER_H
#define HALLMARK_GATEWAY_FILTER_H

#include "base/limits.h"
#include "base/slice.h"

struct filter_fault {
    size_t position;  /* of the character where it went wrong, counted from 1 */
    const char *what; /* one sentence without a full stop */
};

/* `text` is decoded and well-formed UTF-8. The jsonpath is in the pool. */
__attribute__((warn_unused_result)) bool filter_read(h2o_mem_pool_t *pool, h2o_iovec_t text, h2o_iovec_t *jsonpath_out,
                                                     struct filter_fault *fault);

#endif
