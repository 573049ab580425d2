/* SPDX-License-Identifier: Apache-2.0 */
/* The few timer queues that the lanes of one thread share: h2o keeps a queue for each interval and walks all of them
 * every turn, so entries are many and intervals are three. Inside server/store only. */
#ifndef HALLMARK_STORE_DB_TIMERS_H
#define HALLMARK_STORE_DB_TIMERS_H

#include <h2o.h>

#define DB_TICK_MS 50 /* how exact deadlines and delays are */

struct db_timers {
    h2o_loop_t *loop;
    h2o_timeout_t turn; /* the end of this turn of the loop: what was started in it goes out together */
    h2o_timeout_t soon; /* surely a later turn: for failures that must not be told inside the start, nor be asked again
                           in circles */
    h2o_timeout_t tick; /* every DB_TICK_MS: deadlines and delays */
};

static inline void db_timers_start(struct db_timers *timers, h2o_loop_t *loop)
{
    timers->loop = loop;
    h2o_timeout_init(loop, &timers->turn, 0);
    h2o_timeout_init(loop, &timers->soon, 1);
    h2o_timeout_init(loop, &timers->tick, DB_TICK_MS);
}

static inline void db_timers_stop(struct db_timers *timers)
{
    h2o_timeout_dispose(timers->loop, &timers->turn);
    h2o_timeout_dispose(timers->loop, &timers->soon);
    h2o_timeout_dispose(timers->loop, &timers->tick);
}

/* Once more is no more than once. */
static inline void db_timers_link(struct db_timers *timers, h2o_timeout_t *queue, h2o_timeout_entry_t *entry)
{
    if (!h2o_timeout_is_linked(entry))
        h2o_timeout_link(timers->loop, queue, entry);
}

#endif
