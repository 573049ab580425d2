/* SPDX-License-Identifier: Apache-2.0 */
/* Access tokens: JWT as RFC 9068, typ at+jwt, all seven claims of section 2.2 and our three (account, application,
 * generation), and for a person the grant and the family that it hangs on. They are written as the texts of
 * base/credential.h ("acc_...", "app_..."), since JavaScript would round their numbers. */
#ifndef HALLMARK_TOKEN_ACCESS_TOKEN_H
#define HALLMARK_TOKEN_ACCESS_TOKEN_H

#include "base/scope.h"
#include "token/jws.h"

#define ACCESS_TOKEN_JTI_BYTES 22 /* 128 random bits, base64url */

struct access_token {
    h2o_iovec_t issuer, audience, subject, client_id, scope /* may be empty: then left out */, jti;
    int64_t account_id, application_id; /* account 0: left out */
    /* Of a token that speaks for a person, all three and an account; else all 0. `subject` is then the person's text,
     * usr_..., and is written from here. */
    int64_t user_id, grant_id, family_id;
    int64_t generation;            /* when it was issued, summed up, of all that has one and that it hangs on */
    int64_t issued_at, expires_at; /* seconds since 1970 */
};

/* Draws a jti (written into the struct, in the pool), writes the claims by hand and signs: the hot path of the token
 * endpoint. False when it would be longer than LIMIT_TOKEN_BYTES_MAX, or cannot be signed. */
__attribute__((warn_unused_result)) bool access_token_mint(struct jws_contexts *contexts, h2o_mem_pool_t *pool,
                                                           const struct signing_key *key, struct access_token *token,
                                                           h2o_iovec_t *text_out);

/* The check of RFC 9068 section 4 and RFC 8725, in their order but for the signature, which comes before all claims.
 * `audience` is the one this caller stands for: it has to be a member of aud. now in seconds; iat and nbf may lie
 * LIMIT_CLOCK_SKEW_SECONDS ahead, exp has no tolerance. Texts of *out are in the pool. */
__attribute__((warn_unused_result)) enum jws_fault
access_token_check(struct jws_contexts *contexts, const struct key_set *keys, h2o_mem_pool_t *pool, h2o_iovec_t text,
                   h2o_iovec_t issuer, h2o_iovec_t audience, int64_t now, struct access_token *out);

#endif
