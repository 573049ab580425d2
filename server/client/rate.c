/* SPDX-License-Identifier: Apache-2.0 */
#include "client/rate.h"

#include "base/log.h"
#include "client/rate_table.h"
#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

#define US_PER_SECOND INT64_C(1000000)
#define RATE_GONE     INT64_MIN /* was given back; whoever looks for another goes on behind it */

_Static_assert((LIMIT_RATE_CELLS & (LIMIT_RATE_CELLS - 1)) == 0, "a hash is cut to a cell by a mask");

struct rate_table {
    struct rate_quota defaults[RATE__MAX];
    pthread_mutex_t lock;              /* over who has which cell; never taken to count */
    _Atomic(struct rate_cell *) cells; /* NULL: nobody has come yet */
    void *block;                       /* what they stand in */
    uint32_t *places;                  /* of the cells in use, in no order */
    _Atomic size_t used;               /* how many these are */
    _Atomic uint64_t full;
    _Atomic bool full_told;
};

struct rate_table *rate_table_create(const struct rate_quota defaults[static RATE__MAX])
{
    struct rate_table *table = h2o_mem_alloc(sizeof(*table));
    memset(table, 0, sizeof(*table));
    memcpy(table->defaults, defaults, sizeof(table->defaults));
    pthread_mutex_init(&table->lock, NULL);
    return table;
}

void rate_table_destroy(struct rate_table *table)
{
    if (table == NULL)
        return;
    pthread_mutex_destroy(&table->lock);
    free(table->places);
    free(table->block);
    free(table);
}

/* --- who has which cell ------------------------------------------------------------------------------------------ */

/* Pages of zeros that cost nothing before they are used. */
static void make_cells(struct rate_table *table)
{
    size_t line = _Alignof(struct rate_cell);
    table->block = calloc(LIMIT_RATE_CELLS + 1, sizeof(struct rate_cell));
    table->places = calloc(LIMIT_RATE_CELLS, sizeof(*table->places));
    if (table->block == NULL || table->places == NULL)
        h2o_fatal("no memory");
    uintptr_t start = ((uintptr_t)table->block + line - 1) / line * line;
    atomic_store_explicit(&table->cells, (struct rate_cell *)start, memory_order_release);
}

static size_t place_of(int64_t subject)
{
    uint64_t hash = (uint64_t)subject * UINT64_C(0x9e3779b97f4a7c15);
    return (size_t)(hash >> 32) & (LIMIT_RATE_CELLS - 1);
}

static int64_t subject_of(const struct rate_cell *cell)
{
    return atomic_load_explicit(&cell->subject, memory_order_relaxed);
}

/* Under the lock. *free_out is a cell that the subject may have when it has none; NULL: there is no such cell. */
static struct rate_cell *look(struct rate_cell *cells, int64_t subject, struct rate_cell **free_out)
{
    *free_out = NULL;
    for (size_t i = 0; i < LIMIT_RATE_PROBES; ++i) {
        struct rate_cell *cell = &cells[(place_of(subject) + i) & (LIMIT_RATE_CELLS - 1)];
        int64_t seen = subject_of(cell);
        if (seen == subject)
            return cell;
        if ((seen == 0 || seen == RATE_GONE) && *free_out == NULL)
            *free_out = cell;
        if (seen == 0)
            break;
    }
    return NULL;
}

struct rate_cell *rate_table_find(struct rate_table *table, int64_t subject)
{
    struct rate_cell *none, *cells = atomic_load_explicit(&table->cells, memory_order_acquire);
    if (cells == NULL)
        return NULL;
    pthread_mutex_lock(&table->lock);
    struct rate_cell *cell = look(cells, subject, &none);
    pthread_mutex_unlock(&table->lock);
    return cell;
}

/* Whoever finds no cell goes uncounted: nobody is refused below his limit, and the metric says that the limits no
 * longer hold for all. */
static void note_full(struct rate_table *table)
{
    atomic_fetch_add_explicit(&table->full, 1, memory_order_relaxed);
    if (!atomic_exchange(&table->full_told, true))
        log_event(LOG_LEVEL_WARN, "rate_table_full", "\"cells\":%d", LIMIT_RATE_CELLS);
}

static void set_quota(struct rate_cell *cell, struct rate_quota quota)
{
    atomic_store_explicit(&cell->quota, (uint64_t)quota.seconds << 32 | quota.requests, memory_order_relaxed);
}

static void start_cell(struct rate_table *table, struct rate_cell *cell, int64_t subject, struct rate_quota quota)
{
    atomic_store(&cell->own, 0);
    atomic_store(&cell->others, 0);
    cell->told = 0;
    set_quota(cell, quota);
    atomic_store_explicit(&cell->subject, subject, memory_order_relaxed);
    size_t used = atomic_load(&table->used);
    table->places[used] = (uint32_t)(cell - atomic_load(&table->cells));
    atomic_store_explicit(&table->used, used + 1, memory_order_release);
}

static struct rate_cell *enter(struct rate_table *table, int64_t subject, struct rate_quota quota, bool is_newest)
{
    struct rate_cell *spare = NULL;
    assert(subject != 0);
    pthread_mutex_lock(&table->lock);
    if (table->block == NULL)
        make_cells(table);
    struct rate_cell *cell = look(table->cells, subject, &spare);
    if (cell != NULL && is_newest)
        set_quota(cell, quota);
    if (cell == NULL && spare != NULL) {
        cell = spare;
        start_cell(table, cell, subject, quota);
    }
    if (cell != NULL)
        atomic_fetch_add(&cell->holders, 1);
    pthread_mutex_unlock(&table->lock);
    if (cell == NULL)
        note_full(table);
    return cell;
}

static struct rate_quota quota_of_row(const struct rate_table *table, enum rate_kind kind, int64_t requests,
                                      int64_t seconds)
{
    if (requests < 0 || seconds <= 0)
        return requests == 0 ? (struct rate_quota){0, 0} : table->defaults[kind];
    return (struct rate_quota){(uint32_t)requests, (uint32_t)seconds};
}

void rate_enter(struct rate_table *table, const struct client_row *row, bool is_newest,
                struct rate_cell *cells_out[static RATE__MAX])
{
    const struct rate_quota quotas[RATE__MAX] = {
        [RATE_KEY] = quota_of_row(table, RATE_KEY, row->key_requests, row->key_seconds),
        [RATE_APPLICATION] = quota_of_row(table, RATE_APPLICATION, row->application_requests, row->application_seconds),
    };
    const int64_t subjects[RATE__MAX] = {[RATE_KEY] = row->number, [RATE_APPLICATION] = -row->application_id};
    for (enum rate_kind kind = 0; kind < RATE__MAX; ++kind)
        cells_out[kind] = quotas[kind].requests == 0 ? NULL : enter(table, subjects[kind], quotas[kind], is_newest);
}

void rate_leave(struct rate_cell *cell)
{
    if (cell != NULL)
        atomic_fetch_sub(&cell->holders, 1);
}

/* From the last to the first: a sweep puts the last one into the gap, which has been seen already. */
struct rate_cell *rate_table_next(struct rate_table *table, size_t *at)
{
    if (*at == 0)
        return NULL;
    return &atomic_load_explicit(&table->cells, memory_order_acquire)[table->places[--*at]];
}

static bool is_over(const struct rate_cell *cell, const _Atomic uint64_t *word, int64_t now_us)
{
    return RATE_PERIOD(rate_load(word)) < rate_period(rate_quota_of(cell), now_us);
}

/* A clock that was set back makes it wait. Whoever enters does so under the lock: nobody does after the last look. */
void rate_table_sweep(struct rate_table *table, size_t at, int64_t now_us)
{
    struct rate_cell *cell = &atomic_load(&table->cells)[table->places[at]];
    if (atomic_load(&cell->holders) > 0 || !is_over(cell, &cell->own, now_us) || !is_over(cell, &cell->others, now_us))
        return;
    pthread_mutex_lock(&table->lock);
    if (atomic_load(&cell->holders) == 0) {
        size_t last = atomic_load(&table->used) - 1;
        atomic_store(&cell->subject, RATE_GONE);
        table->places[at] = table->places[last];
        atomic_store_explicit(&table->used, last, memory_order_release);
    }
    pthread_mutex_unlock(&table->lock);
}

/* --- counting ---------------------------------------------------------------------------------------------------- */

static int seconds_left(struct rate_quota quota, uint32_t period, int64_t now_us)
{
    int64_t end_us = ((int64_t)period + 1) * quota.seconds * US_PER_SECOND;
    return end_us > now_us ? (int)((end_us - now_us + US_PER_SECOND - 1) / US_PER_SECOND) : 1;
}

static uint32_t count_in(uint64_t word, uint32_t period)
{
    return RATE_PERIOD(word) == period ? RATE_COUNT(word) : 0;
}

/* The window that counts now. Another thread may have read its clock a moment later than this one and have begun the
 * next window already: that one holds. A window that is neither this nor the next is old, or the clock was set back
 * past it: then it starts over. */
static uint32_t period_now(uint64_t own, uint32_t period)
{
    return RATE_PERIOD(own) == period + 1 ? period + 1 : period;
}

/* How it stands with this window before the request. */
static struct rate_standing stand(const struct rate_cell *cell, uint64_t own, struct rate_quota quota, uint32_t period,
                                  int64_t now_us)
{
    uint64_t used = (uint64_t)count_in(own, period) + count_in(rate_load(&cell->others), period);
    return (struct rate_standing){.quota = quota,
                                  .remaining = used < quota.requests ? quota.requests - (uint32_t)used : 0,
                                  .reset_s = seconds_left(quota, period, now_us)};
}

static bool take_one(struct rate_cell *cell, int64_t now_us, bool is_wanted, struct rate_standing *out)
{
    struct rate_quota quota = rate_quota_of(cell);
    uint64_t own = rate_load(&cell->own);
    for (;;) {
        uint32_t period = period_now(own, rate_period(quota, now_us));
        *out = stand(cell, own, quota, period, now_us);
        if (!is_wanted || out->remaining == 0)
            return false;
        uint64_t more = RATE_WORD(period, count_in(own, period) + 1);
        if (atomic_compare_exchange_weak_explicit(&cell->own, &own, more, memory_order_relaxed, memory_order_relaxed))
            break; /* else another thread counted meanwhile, and `own` is what it left */
    }
    --out->remaining;
    return true;
}

/* Unless the window has gone meanwhile. */
static void give_back(struct rate_cell *cell, int64_t now_us)
{
    uint64_t own = rate_load(&cell->own);
    uint32_t period = period_now(own, rate_period(rate_quota_of(cell), now_us));
    while (count_in(own, period) > 0 && !atomic_compare_exchange_weak_explicit(
                                            &cell->own, &own, own - 1, memory_order_relaxed, memory_order_relaxed))
        ;
}

static void give_all_back(struct rate_cell *const cells[static RATE__MAX], enum rate_kind refused, int64_t now_us,
                          struct rate_standing standings[static RATE__MAX])
{
    for (enum rate_kind kind = 0; kind < refused; ++kind) {
        if (cells[kind] == NULL)
            continue;
        give_back(cells[kind], now_us);
        ++standings[kind].remaining;
    }
}

enum rate_kind rate_take(struct rate_cell *const cells[static RATE__MAX], int64_t now_us,
                         struct rate_standing standings_out[static RATE__MAX])
{
    enum rate_kind refused = RATE__MAX;
    memset(standings_out, 0, RATE__MAX * sizeof(*standings_out));
    for (enum rate_kind kind = 0; kind < RATE__MAX; ++kind) {
        bool is_wanted = refused == RATE__MAX;
        if (cells[kind] != NULL && !take_one(cells[kind], now_us, is_wanted, &standings_out[kind]) && is_wanted)
            refused = kind;
    }
    if (refused != RATE__MAX)
        give_all_back(cells, refused, now_us, standings_out);
    return refused;
}

/* --- for metrics ------------------------------------------------------------------------------------------------- */

size_t rate_cells(const struct rate_table *table)
{
    return atomic_load_explicit(&table->used, memory_order_acquire);
}

uint64_t rate_full(const struct rate_table *table)
{
    return atomic_load_explicit(&table->full, memory_order_relaxed);
}
