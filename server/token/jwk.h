/* SPDX-License-Identifier: Apache-2.0 */
/* Public keys as others read them: JWK (RFC 7517, 7518 section 6, 8037), its thumbprint (RFC 7638), and PEM. */
#ifndef HALLMARK_TOKEN_JWK_H
#define HALLMARK_TOKEN_JWK_H

#include "token/key_set.h"

/* SHA-256 over the required members, base64url, NUL-terminated: our key ids. False for a kind of key that we do not
 * use. */
__attribute__((warn_unused_result)) bool jwk_thumbprint(EVP_PKEY *key, char kid_out[static TOKEN_KID_BYTES + 1]);

/* {"crv":...,"kty":...,"kid":...,"use":"sig","alg":...}, never a private member. */
__attribute__((warn_unused_result)) bool jwk_write(h2o_mem_pool_t *pool, EVP_PKEY *key, h2o_iovec_t kid,
                                                   enum token_algorithm algorithm, h2o_iovec_t *out);

/* A SubjectPublicKeyInfo between its BEGIN and END lines. */
h2o_iovec_t jwk_pem(h2o_mem_pool_t *pool, h2o_iovec_t public_der);

#endif
