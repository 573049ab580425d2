/* SPDX-License-Identifier: Apache-2.0 */
/* Sends a checkpoint to somebody who keeps it: POST of the note, text/plain; 2xx means that it is kept. */
#ifndef HALLMARK_APP_CHECKPOINT_POST_H
#define HALLMARK_APP_CHECKPOINT_POST_H

#include "base/slice.h"

/* NULL when checkpoints may be sent there: https, or http to this very machine (127.0.0.1, [::1], localhost). Else a
 * sentence (a literal). */
const char *checkpoint_post_fault(const char *url);

/* Waits for the answer, at most half a minute; follows no redirect, uses no proxy. False with a sentence, in the pool.
 */
__attribute__((warn_unused_result)) bool checkpoint_post(h2o_mem_pool_t *pool, const char *url, h2o_iovec_t note,
                                                         h2o_iovec_t *wrong_out);

#endif
