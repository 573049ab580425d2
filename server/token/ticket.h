/* SPDX-License-Identifier: Apache-2.0 */
/* Tickets: what we hand out only to get it back ourselves (page cursors now, login state and CSRF marks later). JWT
 * with HS256 by libjwt, under a random-looking secret that every node derives from the master key. The form and alg are
 * checked before libjwt sees the text, since libjwt lets the token choose (see library facts in the tests); a ticket of
 * one purpose is refused for another. */
#ifndef HALLMARK_TOKEN_TICKET_H
#define HALLMARK_TOKEN_TICKET_H

#include "base/secret.h"
#include <jansson.h>

struct ticket_key {
    uint8_t bytes[DIGEST_BYTES];
};
void ticket_key_derive(struct ticket_key *out, const uint8_t master[static DIGEST_BYTES]);

/* `claims` is borrowed. The text is in the pool and uses the base64url alphabet and dots only. */
__attribute__((warn_unused_result)) bool ticket_make(const struct ticket_key *key, h2o_mem_pool_t *pool,
                                                     const char *purpose, const json_t *claims, int64_t expires_at,
                                                     h2o_iovec_t *text_out);

/* The claims (the caller decrefs), or NULL when the ticket is not ours, of another purpose, changed, or expired. */
json_t *ticket_open(const struct ticket_key *key, h2o_mem_pool_t *pool, const char *purpose, h2o_iovec_t text,
                    int64_t now);

#endif
