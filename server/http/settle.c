/* SPDX-License-Identifier: Apache-2.0 */
#include "http/settle.h"

#include "base/clock.h"
#include "base/log.h"

#include <stdlib.h>

#define LATE_MS 2000 /* a node that has not applied a change by then is about to refuse everything anyway */
#define POLL_MS 5

struct settling {
    struct worker *worker;
    struct db_call *call;
    int64_t change, until_ms;
    void (*done)(void *cookie);
    void *cookie;
};

static void look(struct settling *settling);

static void paused(enum db_outcome outcome, const struct db_result *result, void *cookie)
{
    struct settling *settling = cookie;
    (void)outcome;
    (void)result;
    settling->call = NULL;
    look(settling);
}

static void look(struct settling *settling)
{
    struct worker *worker = settling->worker;
    bool is_late = clock_monotonic_ms() >= settling->until_ms;
    if (worker->feed != NULL && feed_applied_through(worker->feed) < settling->change && !is_late) {
        settling->call = db_call_pause(worker->db, POLL_MS, paused, settling);
        return;
    }
    if (is_late)
        log_event(LOG_LEVEL_WARN, "change_applied_late", "\"change\":%lld", (long long)settling->change);
    struct settling settled = *settling;
    free(settling);
    settled.done(settled.cookie);
}

static void last_change_told(enum db_outcome outcome, const struct db_result *result, void *cookie)
{
    struct settling *settling = cookie;
    settling->call = NULL;
    if (outcome == DB_DONE && db_result_rows(result) == 1 && !db_result_is_null(result, 0, 0))
        settling->change = db_result_i64(result, 0, 0);
    look(settling);
}

struct settling *settle_start(struct worker *worker, void (*done)(void *cookie), void *cookie)
{
    struct settling *settling = h2o_mem_alloc(sizeof(*settling));
    struct db_parameters none;
    db_parameters_start(&none);
    *settling =
        (struct settling){.worker = worker, .until_ms = clock_monotonic_ms() + LATE_MS, .done = done, .cookie = cookie};
    settling->call = db_call_start(worker->db, STATEMENT_POLICY_CHANGE_LAST, &none, last_change_told, settling);
    return settling;
}

void settle_cancel(struct settling **settling)
{
    if (*settling == NULL)
        return;
    db_call_cancel(&(*settling)->call);
    free(*settling);
    *settling = NULL;
}
