/* SPDX-License-Identifier: Apache-2.0 */
/* Who makes an administrative change: the text that hallmark.history_actor() reads (schema/migrations/0015), with fresh
 * randomness for the salts of what is written under it. */
#ifndef HALLMARK_STORE_STORE_ACTOR_H
#define HALLMARK_STORE_STORE_ACTOR_H

#include "store/store_record.h"

/* A JSON object, in the pool. It holds the salts' seed: nothing for a log. What the author has not (SLICE_NONE, 0) is
 * left out. */
h2o_iovec_t store_actor_text(h2o_mem_pool_t *pool, const struct record_author *author);

#endif
