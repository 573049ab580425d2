/* SPDX-License-Identifier: Apache-2.0 */
/* The table of rate.c, as rate_exchange.c reads it. For this room alone. */
#ifndef HALLMARK_CLIENT_RATE_TABLE_H
#define HALLMARK_CLIENT_RATE_TABLE_H

#include "client/rate.h"
#include <stdatomic.h>

/* A count and its window are one word, so that they change as a whole. */
#define RATE_PERIOD(word)        ((uint32_t)((word) >> 32))
#define RATE_COUNT(word)         ((uint32_t)(word))
#define RATE_WORD(period, count) ((uint64_t)(period) << 32 | (uint32_t)(count))

struct rate_cell { /* a cache line of its own: who counts one key does not slow down who counts another */
    _Alignas(64) _Atomic int64_t subject; /* a key's number, an application's id with a minus; 0: free, or RATE_GONE */
    _Atomic uint64_t own;                 /* period and count on this node */
    _Atomic uint64_t others;              /* likewise, of all other nodes, as they said last */
    _Atomic uint64_t quota;               /* seconds and requests */
    _Atomic uint32_t holders;             /* clients in memory that have this cell */
    uint64_t told;                        /* `own` as the others know it; of the thread that exchanges */
};

_Static_assert(sizeof(struct rate_cell) == 64, "a cell is a cache line");

static inline uint64_t rate_load(const _Atomic uint64_t *word)
{
    return atomic_load_explicit(word, memory_order_relaxed);
}

static inline struct rate_quota rate_quota_of(const struct rate_cell *cell)
{
    uint64_t word = rate_load(&cell->quota);
    return (struct rate_quota){.requests = (uint32_t)word, .seconds = (uint32_t)(word >> 32)};
}

static inline uint32_t rate_period(struct rate_quota quota, int64_t now_us)
{
    return (uint32_t)(now_us / 1000000 / quota.seconds);
}

/* For one thread: the cells in use, one after another. `*at` is rate_cells first and then that of the cell; NULL: that
 * was the last. Those that come meanwhile may be left out. */
struct rate_cell *rate_table_next(struct rate_table *table, size_t *at);
/* Gives the cell at `at` back if nobody holds it and its window is over. */
void rate_table_sweep(struct rate_table *table, size_t at, int64_t now_us);
/* NULL: nobody here counts it. */
struct rate_cell *rate_table_find(struct rate_table *table, int64_t subject);

#endif
