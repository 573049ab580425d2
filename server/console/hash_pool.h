/* SPDX-License-Identifier: Apache-2.0 */
/* The threads that hash passwords, so that no loop ever does: one of them for every two cores, at a lower priority. The
 * queue before them is bounded; who finds it full is told so at once. Answers come back to the loop that asked, as a
 * message of its queue. */
#ifndef HALLMARK_CONSOLE_HASH_POOL_H
#define HALLMARK_CONSOLE_HASH_POOL_H

#include "base/text.h"
#include "http/worker.h"

struct hash_pool;
struct hash_pool *hash_pool_start(unsigned threads);
/* After the last loop has ended: nothing may be asked any more. What still waits is dropped. NULL is a no-op. */
void hash_pool_stop(struct hash_pool *pool);

/* `fresh` is NULL, or, when the password is right and its hash was made with old parameters, the one of today. */
typedef void hash_checked_cb(bool is_right, const char *fresh, void *cookie);

struct hash_job;
/* Checks a password against its hash; base NULL: nobody's (client/password.h). Both are copied, and wiped after use.
 * The callback fires once on the worker's loop, never inside this function. NULL: the queue is full, and the callback
 * never fires. */
struct hash_job *hash_pool_check(struct hash_pool *pool, struct worker *worker, h2o_iovec_t password, h2o_iovec_t hash,
                                 hash_checked_cb *callback, void *cookie);

/* Hashes a new password: the callback has is_right and the hash as `fresh`, or neither when there is no memory. */
struct hash_job *hash_pool_make(struct hash_pool *pool, struct worker *worker, h2o_iovec_t password,
                                hash_checked_cb *callback, void *cookie);

/* On the loop that asked; the callback does not fire any more. *job becomes NULL; NULL inside is a no-op, and so is
 * cancelling inside the callback. */
void hash_job_cancel(struct hash_job **job);

/* For /metrics: passwords checked since the start, refused because the queue was full, and waiting now. */
struct hash_pool_figures {
    uint64_t checked, refused;
    unsigned waiting;
};
struct hash_pool_figures hash_pool_figures(struct hash_pool *pool);
/* Of the pool that was started last: a source for endpoint/metrics.h. */
void hash_pool_metrics(struct text *text);

#endif
