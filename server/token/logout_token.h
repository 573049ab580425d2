/* SPDX-License-Identifier: Apache-2.0 */
/* Logout tokens (OpenID Connect Back-Channel Logout 1.0 section 2.4): that a login has ended, told to one application.
 * They have no nonce, and a type of their own, so that nobody takes one for an ID token. */
#ifndef HALLMARK_TOKEN_LOGOUT_TOKEN_H
#define HALLMARK_TOKEN_LOGOUT_TOKEN_H

#include "token/jws.h"

struct logout_token {
    h2o_iovec_t issuer, subject, audience; /* as the ID tokens of the login have them */
    h2o_iovec_t session;                   /* sid, likewise (token/subject.h) */
    h2o_iovec_t id;                        /* jti: the same each time that it is sent */
    int64_t issued_at, expires_at;         /* seconds since 1970 */
};

/* False when it cannot be signed. */
__attribute__((warn_unused_result)) bool logout_token_mint(struct jws_contexts *contexts, h2o_mem_pool_t *pool,
                                                           const struct signing_key *key,
                                                           const struct logout_token *token, h2o_iovec_t *text_out);

#endif
