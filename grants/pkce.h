/* SPDX-License-Identifier: Apache-2.0 */
/* Proof Key for Code Exchange (RFC 7636), S256 alone. */
#ifndef HALLMARK_GRANTS_PKCE_H
#define HALLMARK_GRANTS_PKCE_H

#include "base/slice.h"

#define PKCE_CHALLENGE_BYTES 43 /* a SHA-256 digest in base64url */

/* 43 to 128 unreserved characters (RFC 7636 section 4.1). */
bool pkce_verifier_ok(h2o_iovec_t verifier);
/* 43 characters of base64url, as S256 makes them. */
bool pkce_challenge_ok(h2o_iovec_t challenge);

/* The challenge of a verifier; no NUL behind it. */
void pkce_challenge(h2o_iovec_t verifier, char out[static PKCE_CHALLENGE_BYTES]);

#endif
