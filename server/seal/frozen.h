/* SPDX-License-Identifier: Apache-2.0 */
/* The facts of a change, as an export tells them, frozen to the bytes that were sealed (server/seal/export-format.md
 * and schema/migrations/0009_history.sql): made anew from what is told, so that what is told is what is proven. */
#ifndef HALLMARK_SEAL_FROZEN_H
#define HALLMARK_SEAL_FROZEN_H

#include "base/text.h"
#include <jansson.h>

/* The bytes, in the pool. False with a sentence in *wrong_out (in the pool) when a fact is of another form, is missing
 * that must be there, or is not known. */
__attribute__((warn_unused_result)) bool frozen_make(h2o_mem_pool_t *pool, const json_t *facts, h2o_iovec_t *out,
                                                     h2o_iovec_t *wrong_out);

#endif
