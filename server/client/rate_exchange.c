/* SPDX-License-Identifier: Apache-2.0 */
#include "client/rate_exchange.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "client/rate_table.h"
#include <stdlib.h>

#define US_PER_SECOND     INT64_C(1000000)
#define ARRAY_BYTES_USUAL 256

struct rate_exchange {
    struct rate_table *table;
    int64_t node; /* drawn anew by each process: what an earlier one counted is another's */
    struct db_call *call;
};

struct rate_exchange *rate_exchange_create(struct rate_table *table)
{
    struct rate_exchange *exchange = h2o_mem_alloc(sizeof(*exchange));
    *exchange = (struct rate_exchange){.table = table};
    secret_random(&exchange->node, sizeof(exchange->node));
    return exchange;
}

void rate_exchange_stop(struct rate_exchange *exchange)
{
    db_call_cancel(&exchange->call);
}

void rate_exchange_destroy(struct rate_exchange *exchange)
{
    free(exchange);
}

/* --- telling ----------------------------------------------------------------------------------------------------- */

struct arrays { /* PostgreSQL's spelling of them */
    struct text subjects, periods, requests, ends;
};

static void start_arrays(struct arrays *arrays, h2o_mem_pool_t *pool)
{
    struct text *all[] = {&arrays->subjects, &arrays->periods, &arrays->requests, &arrays->ends};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); ++i) {
        text_start(all[i], pool, ARRAY_BYTES_USUAL);
        text_add_char(all[i], '{');
    }
}

static void add_number(struct text *array, int64_t number)
{
    text_add_format(array, "%s%lld", array->len == 1 ? "" : ",", (long long)number);
}

static void add_count(struct arrays *arrays, const struct rate_cell *cell, uint64_t own)
{
    int64_t end_s = ((int64_t)RATE_PERIOD(own) + 1) * rate_quota_of(cell).seconds;
    add_number(&arrays->subjects, atomic_load_explicit(&cell->subject, memory_order_relaxed));
    add_number(&arrays->periods, RATE_PERIOD(own));
    add_number(&arrays->requests, RATE_COUNT(own));
    add_number(&arrays->ends, end_s * US_PER_SECOND);
}

/* News that matters: of a window that is not over, and not far below the limit. */
static bool is_worth_telling(const struct rate_cell *cell, uint64_t own, int64_t now_us, bool everything)
{
    struct rate_quota quota = rate_quota_of(cell);
    return own != cell->told && RATE_COUNT(own) > 0 && RATE_PERIOD(own) >= rate_period(quota, now_us) &&
           (everything || RATE_COUNT(own) >= quota.requests / LIMIT_RATE_SHARE);
}

/* How many counts were added: LIMIT_RATE_TOLD_MAX when some may be left for the next statement. */
static size_t collect(struct rate_exchange *exchange, struct arrays *arrays, bool everything)
{
    struct rate_cell *cell;
    size_t at = rate_cells(exchange->table), count = 0;
    int64_t now_us = clock_unix_us();
    while (count < LIMIT_RATE_TOLD_MAX && (cell = rate_table_next(exchange->table, &at)) != NULL) {
        uint64_t own = rate_load(&cell->own);
        if (is_worth_telling(cell, own, now_us, everything)) {
            add_count(arrays, cell, own);
            cell->told = own;
            ++count;
        } else {
            rate_table_sweep(exchange->table, at, now_us);
        }
    }
    return count;
}

static void add_parameters(struct db_parameters *parameters, int64_t node, struct arrays *arrays)
{
    struct text *all[] = {&arrays->subjects, &arrays->periods, &arrays->requests, &arrays->ends};
    db_parameters_start(parameters);
    db_add_i64(parameters, node);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); ++i) {
        text_add_char(all[i], '}');
        db_add_text(parameters, text_slice(all[i]));
    }
    db_add_i64(parameters, clock_unix_us());
}

/* --- hearing ----------------------------------------------------------------------------------------------------- */

enum { COLUMN_SUBJECT, COLUMN_PERIOD, COLUMN_REQUESTS };

static void hear(struct rate_exchange *exchange, const struct db_result *result)
{
    for (size_t row = 0; row < db_result_rows(result); ++row) {
        struct rate_cell *cell = rate_table_find(exchange->table, db_result_i64(result, row, COLUMN_SUBJECT));
        int64_t period = db_result_i64(result, row, COLUMN_PERIOD),
                requests = db_result_i64(result, row, COLUMN_REQUESTS);
        if (cell == NULL || period < RATE_PERIOD(rate_load(&cell->others)))
            continue; /* of two windows whose rows come in no order, the newer stands */
        if (requests > UINT32_MAX)
            requests = UINT32_MAX;
        atomic_store_explicit(&cell->others, RATE_WORD(period, requests), memory_order_relaxed);
    }
}

/* A count that is told twice is the same count. After a failure all of them are told anew: the database may have been
 * started again, and then its table is empty. */
static void tell_again(struct rate_exchange *exchange)
{
    struct rate_cell *cell;
    for (size_t at = rate_cells(exchange->table); (cell = rate_table_next(exchange->table, &at)) != NULL;)
        cell->told = 0;
}

static void exchanged(enum db_outcome outcome, const struct db_result *result, void *cookie)
{
    struct rate_exchange *exchange = cookie;
    exchange->call = NULL;
    if (outcome == DB_DONE) {
        hear(exchange, result);
        return;
    }
    tell_again(exchange);
    if (outcome == DB_REFUSED)
        log_event(LOG_LEVEL_WARN, "rate_exchange_refused", "\"sqlstate\":\"%.*s\"",
                  SLICE_ARGS(db_result_sqlstate(result)));
}

void rate_exchange_round(struct rate_exchange *exchange, struct db *db)
{
    struct arrays arrays;
    struct db_parameters parameters;
    h2o_mem_pool_t pool;
    if (exchange->call != NULL || rate_cells(exchange->table) == 0)
        return;
    h2o_mem_init_pool(&pool);
    start_arrays(&arrays, &pool);
    (void)collect(exchange, &arrays, false);
    add_parameters(&parameters, exchange->node, &arrays);
    exchange->call = db_call_start(db, STATEMENT_RATE_EXCHANGE, &parameters, exchanged, exchange);
    h2o_mem_clear_pool(&pool);
}

void rate_exchange_last(struct rate_exchange *exchange, struct db_sync *db)
{
    struct arrays arrays;
    struct db_parameters parameters;
    const struct db_result *result;
    h2o_mem_pool_t pool;
    size_t count = LIMIT_RATE_TOLD_MAX;
    enum db_outcome outcome = DB_DONE;
    while (outcome == DB_DONE && count == LIMIT_RATE_TOLD_MAX) {
        h2o_mem_init_pool(&pool);
        start_arrays(&arrays, &pool);
        count = collect(exchange, &arrays, true);
        add_parameters(&parameters, exchange->node, &arrays);
        outcome = db_sync_run(db, STATEMENT_RATE_EXCHANGE, &parameters, &result);
        h2o_mem_clear_pool(&pool);
    }
}
