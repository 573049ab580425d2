/* SPDX-License-Identifier: Apache-2.0 */
/* Stage RIGHT of the contract: whether the principal has the rights that an action needs (client/right.h). */
#ifndef HALLMARK_GATEWAY_RIGHT_H
#define HALLMARK_GATEWAY_RIGHT_H

#include "client/right.h"
#include "gateway/contract.h"

enum right { RIGHT_READ = 1, RIGHT_WRITE = 2, RIGHT_HISTORY = 4 };

/* "<collection>:read" for a collection's name, in the pool: for histories, which know collections by name alone. */
h2o_iovec_t right_read_scope(h2o_mem_pool_t *pool, h2o_iovec_t collection);

/* The rights of ask->action, and the account's switch. */
contract_check right_check;

#endif
