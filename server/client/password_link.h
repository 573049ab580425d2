/* SPDX-License-Identifier: Apache-2.0 */
/* The link with which a person sets a password: 256 random bits, of which the database keeps the digest. One that goes
 * out by mail lies there sealed as well, until it is sent. */
#ifndef HALLMARK_CLIENT_PASSWORD_LINK_H
#define HALLMARK_CLIENT_PASSWORD_LINK_H

#include "base/secret.h"

#define PASSWORD_LINK_BYTES 44 /* base64url and a NUL */

struct password_link { /* the caller wipes it */
    char text[PASSWORD_LINK_BYTES];
    uint8_t digest[DIGEST_BYTES];
};

void password_link_make(struct password_link *out);

/* Sealed under the master key, bound to its digest. */
__attribute__((warn_unused_result)) bool password_link_seal(h2o_mem_pool_t *pool,
                                                            const uint8_t master[static DIGEST_BYTES],
                                                            const struct password_link *link, h2o_iovec_t *sealed_out);
/* False also when what was sealed is not the link of this digest. */
__attribute__((warn_unused_result)) bool password_link_open(const uint8_t master[static DIGEST_BYTES],
                                                            const uint8_t digest[static DIGEST_BYTES],
                                                            h2o_iovec_t sealed, struct password_link *out);
__attribute__((warn_unused_result)) bool
password_link_reseal(h2o_mem_pool_t *pool, const uint8_t digest[static DIGEST_BYTES], h2o_iovec_t sealed,
                     const uint8_t old_master[static DIGEST_BYTES], const uint8_t new_master[static DIGEST_BYTES],
                     h2o_iovec_t *sealed_out);

#endif
