/* SPDX-License-Identifier: Apache-2.0 */
/* A private signing key under its seal. kid and algorithm are what the seal is bound to. */
#ifndef HALLMARK_TOKEN_KEY_SEAL_H
#define HALLMARK_TOKEN_KEY_SEAL_H

#include "token/key_set.h"

__attribute__((warn_unused_result)) bool key_seal_close(h2o_mem_pool_t *pool, h2o_iovec_t kid,
                                                        enum token_algorithm algorithm, EVP_PKEY *private_key,
                                                        const uint8_t master[static DIGEST_BYTES],
                                                        h2o_iovec_t *sealed_out);

/* NULL when the seal does not open, or what is in it is no private key. The caller frees it. */
EVP_PKEY *key_seal_open(h2o_iovec_t kid, enum token_algorithm algorithm, h2o_iovec_t sealed,
                        const uint8_t master[static DIGEST_BYTES]);

#endif
