/* SPDX-License-Identifier: Apache-2.0 */
/* Answers that are none that was hoped for, in a sentence. */
#ifndef HALLMARK_APP_REMOTE_PROBLEM_H
#define HALLMARK_APP_REMOTE_PROBLEM_H

#include "app/remote_wire.h"
#include "base/json.h"

/* The answer as an object. False with a sentence, in the pool, when its status is not 2xx (what the problem document,
 * RFC 9457, or the OAuth error, RFC 6749 section 5.2, says) or when it is no JSON object. */
__attribute__((warn_unused_result)) bool remote_object(h2o_mem_pool_t *pool, const struct remote_answer *answer,
                                                       struct json_object *out, h2o_iovec_t *wrong_out);

/* True when the status is 2xx; otherwise false, with the same sentence. For answers whose body does not matter. */
__attribute__((warn_unused_result)) bool remote_is_done(h2o_mem_pool_t *pool, const struct remote_answer *answer,
                                                        h2o_iovec_t *wrong_out);

/* A member that is a string, decoded; SLICE_NONE: there is none. */
h2o_iovec_t remote_text(h2o_mem_pool_t *pool, const struct json_object *object, h2o_iovec_t name);

#endif
