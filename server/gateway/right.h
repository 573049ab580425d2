/* SPDX-License-Identifier: Apache-2.0 */
/* The effective right: what the token says, and the client may, and its holder may now. All three have to have a scope;
 * the first that lacks it says what has to be mended. Pure. */
#ifndef HALLMARK_GATEWAY_RIGHT_H
#define HALLMARK_GATEWAY_RIGHT_H

#include "gateway/bearer.h"

enum right { RIGHT_READ = 1, RIGHT_WRITE = 2, RIGHT_HISTORY = 4 };

/* ERR_NONE, or ERR_INSUFFICIENT_SCOPE, ERR_KEY_RIGHT_MISSING, ERR_HOLDER_RIGHT_MISSING. */
enum err right_of_scope(const struct principal *principal, h2o_iovec_t scope);

/* "<collection>:read" for a collection's name, in the pool: for histories, which know collections by name alone. */
h2o_iovec_t right_read_scope(h2o_mem_pool_t *pool, h2o_iovec_t collection);

/* Stage RIGHT: the rights of ask->action, and the account's switch. */
contract_check right_check;

#endif
