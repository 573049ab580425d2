/* SPDX-License-Identifier: Apache-2.0 */
/* Making signing keys, and the seal under which their private halves lie in the database: AES-256-GCM with a key derived from the
 * master key, a random nonce, and kid and algorithm as associated data, so that a sealed key cannot be put under another name. */
#ifndef HALLMARK_TOKEN_KEY_MAKE_H
#define HALLMARK_TOKEN_KEY_MAKE_H

#include "token/key_set.h"

struct made_key {
    char kid[TOKEN_KID_BYTES + 1];
    h2o_iovec_t public_der, sealed; /* in the pool */
};

__attribute__((warn_unused_result)) bool key_make(h2o_mem_pool_t *pool, enum token_algorithm algorithm,
                                                  const uint8_t master[static DIGEST_BYTES], struct made_key *out);

/* Opens a seal with the old master key and seals it again with the new one. */
__attribute__((warn_unused_result)) bool key_reseal(h2o_mem_pool_t *pool, h2o_iovec_t kid, enum token_algorithm algorithm,
                                                    h2o_iovec_t sealed, const uint8_t old_master[static DIGEST_BYTES],
                                                    const uint8_t new_master[static DIGEST_BYTES], h2o_iovec_t *out);

/* Seal format: version byte 1, 12 bytes nonce, ciphertext, 16 bytes tag. */
__attribute__((warn_unused_result)) bool seal_close(h2o_mem_pool_t *pool, const uint8_t master[static DIGEST_BYTES], h2o_iovec_t associated,
                                                    h2o_iovec_t plain, h2o_iovec_t *sealed_out);
/* The plain bytes are malloc'ed: the caller wipes and frees them. */
__attribute__((warn_unused_result)) bool seal_open(const uint8_t master[static DIGEST_BYTES], h2o_iovec_t associated, h2o_iovec_t sealed,
                                                   struct secret *plain_out);

#endif
