/* SPDX-License-Identifier: Apache-2.0 */
/* Which keys an algorithm may have: P-256 for ES256, RSA of at least LIMIT_RSA_BITS_MIN with the usual exponent for
 * RS256 and PS256, Ed25519 for EdDSA. */
#ifndef HALLMARK_TOKEN_PUBLIC_KEY_H
#define HALLMARK_TOKEN_PUBLIC_KEY_H

#include "token/key_set.h"

/* NULL when the key is one that the algorithm may have, else a literal that says what is wrong. */
const char *public_key_fault(enum token_algorithm algorithm, EVP_PKEY *key);

/* Reads SubjectPublicKeyInfo in the one form that public_key_write gives. NULL, with a literal in *wrong_out, when the
 * bytes are no such thing or the algorithm may not have the key. The caller frees it. */
EVP_PKEY *public_key_read(enum token_algorithm algorithm, h2o_iovec_t der, const char **wrong_out);

/* In the pool. */
__attribute__((warn_unused_result)) bool public_key_write(h2o_mem_pool_t *pool, EVP_PKEY *key, h2o_iovec_t *der_out);

#endif
