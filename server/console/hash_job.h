/* SPDX-License-Identifier: Apache-2.0 */
/* Passwords hashed on the threads of the work pool, so that no loop ever does it. */
#ifndef HALLMARK_CONSOLE_HASH_JOB_H
#define HALLMARK_CONSOLE_HASH_JOB_H

#include "http/work_pool.h"

/* `fresh` is NULL, or, when the password is right and its hash was made with old parameters, the one of today. */
typedef void hash_checked_cb(bool is_right, const char *fresh, void *cookie);

struct hash_job;
/* Checks a password against its hash; base NULL: nobody's (client/password.h). Both are copied, and wiped after use.
 * The callback fires once on the worker's loop, never inside this function. NULL: the queue is full, and the callback
 * never fires. */
struct hash_job *hash_job_check(struct worker *worker, h2o_iovec_t password, h2o_iovec_t hash,
                                hash_checked_cb *callback, void *cookie);

/* Hashes a new password: the callback has is_right and the hash as `fresh`, or neither when there is no memory. */
struct hash_job *hash_job_make(struct worker *worker, h2o_iovec_t password, hash_checked_cb *callback, void *cookie);

/* On the loop that asked; the callback does not fire any more. *job becomes NULL; NULL inside is a no-op, and so is
 * cancelling inside the callback. */
void hash_job_cancel(struct hash_job **job);

#endif
