/* SPDX-License-Identifier: Apache-2.0 */
/* When, from where and how often each secret was used to authenticate. A thread counts in memory and tells the database
 * once a second what has come together; a request writes nothing. What is not told when the process is killed is
 * forgotten. */
#ifndef HALLMARK_CLIENT_SECRET_USE_H
#define HALLMARK_CLIENT_SECRET_USE_H

#include "base/address.h"
#include "store/db_sync.h"

struct secret_uses; /* of one thread */
struct secret_uses *secret_uses_create(h2o_loop_t *loop, struct db *db);

/* client_id is copied. Starts the clock of the next save when there is none. */
void secret_uses_add(struct secret_uses *uses, int64_t account_id, h2o_iovec_t client_id, int64_t number,
                     const struct address *address, int64_t now_us);

bool secret_uses_is_saving(const struct secret_uses *uses); /* a save is under way, and its answer comes */
size_t secret_uses_waiting(const struct secret_uses *uses); /* secrets whose uses have not been told */

/* With the loop at its end and no save under way: no further one starts by itself. */
void secret_uses_stop(struct secret_uses *uses);
/* Tells what is left; false when the database did not take it. */
bool secret_uses_save_last(struct secret_uses *uses, struct db_sync *db);
void secret_uses_destroy(struct secret_uses *uses); /* after secret_uses_stop; NULL is a no-op */

#endif
