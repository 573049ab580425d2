/* SPDX-License-Identifier: Apache-2.0 */
/* Threads for what would hold up a loop: hashing passwords, making keys. At a lower priority, since tokens take
 * microseconds. The queue before them is bounded; who finds it full is told so at once. What is done comes back to the
 * loop that asked, as a message of its queue. */
#ifndef HALLMARK_HTTP_WORK_POOL_H
#define HALLMARK_HTTP_WORK_POOL_H

#include "base/text.h"
#include "http/worker.h"

struct work_pool;
struct work_pool *work_pool_start(unsigned threads);
/* After the last loop has ended: nothing may be asked any more. What still waits is dropped. NULL is a no-op. */
void work_pool_stop(struct work_pool *pool);

/* The first member of a piece of work, which is one block of malloc and the pool's from work_start on. */
struct work {
    void (*run)(struct work *work);     /* on a thread of the pool */
    void (*done)(struct work *work);    /* once, on the loop that asked, never inside work_start */
    void (*dispose)(struct work *work); /* at last, on any thread: lets go of what it holds, but for itself; or NULL */
    /* the rest is work_pool.c's */
    struct work_pool *pool;
    struct worker *worker;
    struct work *next;
    bool is_cancelled; /* of the pool's lock until it is done */
};

/* False: the queue is full, and the work is disposed of and freed. */
__attribute__((warn_unused_result)) bool work_start(struct worker *worker, struct work *work);

/* On the loop that asked: `done` is not called any more. Not after it was called; inside of it it is a no-op. */
void work_cancel(struct work *work);

/* For /metrics: pieces of work done since the start, refused because the queue was full, and waiting now. */
struct work_pool_figures {
    uint64_t done, refused;
    unsigned waiting;
};
struct work_pool_figures work_pool_figures(struct work_pool *pool);
/* Of the pool that was started last: a source for endpoint/metrics.h. */
void work_pool_metrics(struct text *text);

#endif
