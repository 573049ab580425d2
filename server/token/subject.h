/* SPDX-License-Identifier: Apache-2.0 */
/* By which subject (sub) a person is known (OpenID Connect Core section 8), and by which sid their login (Back-Channel
 * Logout section 2.1): to most applications by the ids, usr_... and ses_...; to one that has subjects of its own by
 * texts that no other application could connect with them: two that compared one sid would know that they have the same
 * person before them. ID tokens, userinfo and logout tokens use them. Access tokens do not: they are for our own
 * gateway, which has to know the person, so their sub is always the id. */
#ifndef HALLMARK_TOKEN_SUBJECT_H
#define HALLMARK_TOKEN_SUBJECT_H

#include "base/secret.h"

/* In the pool. `salt` is the application's, of DIGEST_BYTES; SLICE_NONE: it has no subjects of its own. */
h2o_iovec_t subject_text(h2o_mem_pool_t *pool, int64_t user_id, h2o_iovec_t salt);

/* Likewise of a login. */
h2o_iovec_t subject_session(h2o_mem_pool_t *pool, int64_t session_id, h2o_iovec_t salt);

#endif
