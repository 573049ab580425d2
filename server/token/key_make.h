/* SPDX-License-Identifier: Apache-2.0 */
/* Making signing keys, as rows of hallmark.signing_key: the public half readable, the private half under a seal
 * (token/seal.h). */
#ifndef HALLMARK_TOKEN_KEY_MAKE_H
#define HALLMARK_TOKEN_KEY_MAKE_H

#include "token/key_set.h"
#include "token/seal.h"

struct made_key {
    char kid[TOKEN_KID_BYTES + 1];
    h2o_iovec_t public_der, sealed; /* in the pool */
};

__attribute__((warn_unused_result)) bool key_make(h2o_mem_pool_t *pool, enum token_algorithm algorithm,
                                                  const uint8_t master[static DIGEST_BYTES], struct made_key *out);

/* The same row for a key that exists already. Refused when it is not of the algorithm's kind. */
__attribute__((warn_unused_result)) bool key_make_from_private(h2o_mem_pool_t *pool, enum token_algorithm algorithm,
                                                               EVP_PKEY *private_key,
                                                               const uint8_t master[static DIGEST_BYTES],
                                                               struct made_key *out);

/* Opens a seal with the old master key and seals it again with the new one. */
__attribute__((warn_unused_result)) bool key_reseal(h2o_mem_pool_t *pool, h2o_iovec_t kid,
                                                    enum token_algorithm algorithm, h2o_iovec_t sealed,
                                                    const uint8_t old_master[static DIGEST_BYTES],
                                                    const uint8_t new_master[static DIGEST_BYTES], h2o_iovec_t *out);

#endif
