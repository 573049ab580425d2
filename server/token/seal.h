/* SPDX-License-Identifier: Apache-2.0 */
/* The seal under which secrets lie in the database: AES-256-GCM with a key derived from the master key, a random nonce,
 * and associated data that says what is sealed, so that a sealed value cannot be put in the place of another. Format:
 * version byte 1, 12 bytes nonce, ciphertext, 16 bytes tag. */
#ifndef HALLMARK_TOKEN_SEAL_H
#define HALLMARK_TOKEN_SEAL_H

#include "base/secret.h"

__attribute__((warn_unused_result)) bool seal_close(h2o_mem_pool_t *pool, const uint8_t master[static DIGEST_BYTES],
                                                    h2o_iovec_t associated, h2o_iovec_t plain, h2o_iovec_t *sealed_out);

/* The plain bytes are malloc'ed: the caller wipes and frees them. */
__attribute__((warn_unused_result)) bool seal_open(const uint8_t master[static DIGEST_BYTES], h2o_iovec_t associated,
                                                   h2o_iovec_t sealed, struct secret *plain_out);

#endif
