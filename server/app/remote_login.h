/* SPDX-License-Identifier: Apache-2.0 */
/* From a key to a token for the management API (RFC 6749 section 4.4). */
#ifndef HALLMARK_APP_REMOTE_LOGIN_H
#define HALLMARK_APP_REMOTE_LOGIN_H

#include "app/remote_key.h"
#include "app/remote_wire.h"

/* Asks the server at `url` for its metadata (RFC 8414), which has to name this url as the issuer and a token endpoint
 * below it, and there for a token; for the management API by its resource (RFC 8707), where the metadata name it.
 * *authorization_out is the value of the header "Authorization", in the pool; the caller wipes it. False with a
 * sentence, in the pool. */
__attribute__((warn_unused_result)) bool remote_login(h2o_mem_pool_t *pool, struct remote_wire *wire, h2o_iovec_t url,
                                                      const struct remote_key *key, h2o_iovec_t *authorization_out,
                                                      h2o_iovec_t *wrong_out);

#endif
