/* SPDX-License-Identifier: Apache-2.0 */
/* ID tokens (OpenID Connect Core section 2): who has logged in, when and by what, told to one application. The claims
 * are iss, sub, aud, exp, iat, auth_time, nonce, at_hash, acr, amr, sid, and what the application asked for besides.
 * There is one audience, the client itself, hence no azp. Typ is JWT: no resource takes one for an access token. */
#ifndef HALLMARK_TOKEN_ID_TOKEN_H
#define HALLMARK_TOKEN_ID_TOKEN_H

#include "token/jws.h"

/* What acr can be; words with one space between two. A password that came over TLS (SAML 2.0 Authentication Context),
 * and a password with something that the person has (REFEDS MFA Profile). */
#define ID_TOKEN_ACR_ONE    "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"
#define ID_TOKEN_ACR_TWO    "https://refeds.org/profile/mfa"
#define ID_TOKEN_ACR_VALUES ID_TOKEN_ACR_ONE " " ID_TOKEN_ACR_TWO

/* ES256, RS256 and PS256: all have the same digest for at_hash. */
bool id_token_algorithm(enum token_algorithm algorithm);

struct id_token {
    h2o_iovec_t issuer, subject, audience;
    h2o_iovec_t nonce;                        /* SLICE_NONE: left out */
    h2o_iovec_t access_token;                 /* that it comes with, for at_hash */
    h2o_iovec_t methods;                      /* amr, one space between two; empty: amr and acr are left out */
    h2o_iovec_t more;                         /* further members, as JSON without the braces; may be empty */
    h2o_iovec_t session;                      /* sid (token/subject.h); SLICE_NONE: left out */
    int64_t auth_time, issued_at, expires_at; /* seconds since 1970 */
};

/* The key's algorithm is one of those. False when the token would be longer than LIMIT_TOKEN_BYTES_MAX, or cannot be
 * signed. */
__attribute__((warn_unused_result)) bool id_token_mint(struct jws_contexts *contexts, h2o_mem_pool_t *pool,
                                                       const struct signing_key *key, const struct id_token *token,
                                                       h2o_iovec_t *text_out);

#endif
