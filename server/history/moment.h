/* SPDX-License-Identifier: Apache-2.0 */
/* Moments as people and programs write them in a query. */
#ifndef HALLMARK_HISTORY_MOMENT_H
#define HALLMARK_HISTORY_MOMENT_H

#include "base/slice.h"

/* 2026-11-21 (its first moment in UTC), or RFC 3339: 2026-11-21T22:16:09Z, with a fraction of up to six digits, with
 * +01:00 for Z. Microseconds since 1970; false for anything else, and for days that do not exist. *us_out is untouched
 * on failure. */
__attribute__((warn_unused_result)) bool moment_parse(h2o_iovec_t text, int64_t *us_out);

#endif
