/* SPDX-License-Identifier: Apache-2.0 */
/* An ID token that comes back to us as a hint (OpenID Connect RP-Initiated Logout 1.0 section 2): whose it was, and of
 * which login. It opens nothing, so it may have expired long ago; but it has to be ours. */
#ifndef HALLMARK_TOKEN_ID_TOKEN_HINT_H
#define HALLMARK_TOKEN_ID_TOKEN_HINT_H

#include "token/jws.h"

#define ID_TOKEN_TYPE SLICE("JWT")

struct id_token_hint {
    h2o_iovec_t client_id; /* aud: ours have one */
    h2o_iovec_t subject;   /* sub: the person, as this client knows them (token/subject.h) */
    h2o_iovec_t session;   /* sid; SLICE_NONE: it names no login */
};

/* Signed by a key that is still published, typ JWT, of this issuer, for one audience. Texts of *out are in the pool. */
__attribute__((warn_unused_result)) enum jws_fault id_token_hint_check(struct jws_contexts *contexts,
                                                                       const struct key_set *keys, h2o_mem_pool_t *pool,
                                                                       h2o_iovec_t text, h2o_iovec_t issuer,
                                                                       struct id_token_hint *out);

#endif
