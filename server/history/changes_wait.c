/* SPDX-License-Identifier: Apache-2.0 */
#include "history/changes_wait.h"

#include "base/clock.h"
#include "store/store_changes.h"

#include <stdlib.h>

#define POLL_MS         200
#define ACCOUNTS_OF_ASK 1000 /* in one question; whoever is beyond that waits for the next */

struct changes_waiter {
    struct changes_waiter *next;
    int64_t account_id, after, until_ms;
    bool is_due;
    void (*woken)(void *cookie);
    void *cookie;
};

/* Those of this thread; while there are any, either a pause or a question is under way. */
static __thread struct {
    struct changes_waiter *first;
    struct worker *worker;
    struct db_call *pause;
    struct changes_call *ask;
} waiting;

static void wait_over(enum db_outcome outcome, const struct db_result *result, void *cookie);
static void heads_known(enum db_outcome outcome, const int64_t *account_ids, const int64_t *sequences, size_t count,
                        void *cookie);

/* --- the round --------------------------------------------------------------------------------------------------- */

static void start_round(void)
{
    if (waiting.first != NULL && waiting.pause == NULL && waiting.ask == NULL)
        waiting.pause = db_call_pause(waiting.worker->db, POLL_MS, wait_over, NULL);
}

/* Who is called back may start or cancel waits: the list is read anew each time. */
static void wake_due(void)
{
    for (struct changes_waiter **at = &waiting.first; *at != NULL;) {
        struct changes_waiter *waiter = *at;
        if (!waiter->is_due) {
            at = &waiter->next;
            continue;
        }
        void (*woken)(void *cookie) = waiter->woken;
        void *cookie = waiter->cookie;
        *at = waiter->next;
        free(waiter);
        woken(cookie);
        at = &waiting.first;
    }
}

static void mark_all(void)
{
    for (struct changes_waiter *waiter = waiting.first; waiter != NULL; waiter = waiter->next)
        waiter->is_due = true;
}

static void mark_late(void)
{
    int64_t now = clock_monotonic_ms();
    for (struct changes_waiter *waiter = waiting.first; waiter != NULL; waiter = waiter->next)
        waiter->is_due |= now >= waiter->until_ms;
}

static size_t list_accounts(int64_t accounts[static ACCOUNTS_OF_ASK])
{
    size_t count = 0;
    for (struct changes_waiter *waiter = waiting.first; waiter != NULL && count < ACCOUNTS_OF_ASK;
         waiter = waiter->next) {
        size_t i = 0;
        while (i < count && accounts[i] != waiter->account_id)
            ++i;
        if (i == count)
            accounts[count++] = waiter->account_id;
    }
    return count;
}

static void wait_over(enum db_outcome outcome, const struct db_result *result, void *cookie)
{
    int64_t accounts[ACCOUNTS_OF_ASK];
    (void)result;
    (void)cookie;
    waiting.pause = NULL;
    if (outcome != DB_DONE || waiting.worker->ctx.shutdown_requested)
        mark_all();
    else
        mark_late();
    wake_due();
    size_t count = list_accounts(accounts);
    if (count > 0 && waiting.pause == NULL && waiting.ask == NULL)
        waiting.ask = store_changes_heads(waiting.worker->db, accounts, count, heads_known, NULL);
}

static void mark_moved(int64_t account_id, int64_t sequence)
{
    for (struct changes_waiter *waiter = waiting.first; waiter != NULL; waiter = waiter->next)
        waiter->is_due |= waiter->account_id == account_id && sequence > waiter->after;
}

static void heads_known(enum db_outcome outcome, const int64_t *account_ids, const int64_t *sequences, size_t count,
                        void *cookie)
{
    (void)cookie;
    waiting.ask = NULL;
    if (outcome != DB_DONE && outcome != DB_BUSY)
        mark_all();
    for (size_t i = 0; i < count; ++i)
        mark_moved(account_ids[i], sequences[i]);
    wake_due();
    start_round();
}

/* --- contract ---------------------------------------------------------------------------------------------------- */

struct changes_waiter *changes_wait_start(struct worker *worker, int64_t account_id, int64_t after, int64_t until_ms,
                                          void (*woken)(void *cookie), void *cookie)
{
    struct changes_waiter *waiter = h2o_mem_alloc(sizeof(*waiter));
    *waiter = (struct changes_waiter){.next = waiting.first,
                                      .account_id = account_id,
                                      .after = after,
                                      .until_ms = until_ms,
                                      .woken = woken,
                                      .cookie = cookie};
    waiting.first = waiter;
    waiting.worker = worker;
    start_round();
    return waiter;
}

void changes_wait_cancel(struct changes_waiter **waiter)
{
    struct changes_waiter **at = &waiting.first;
    if (*waiter == NULL)
        return;
    while (*at != *waiter)
        at = &(*at)->next;
    *at = (*waiter)->next;
    free(*waiter);
    *waiter = NULL;
    if (waiting.first == NULL) {
        db_call_cancel(&waiting.pause);
        store_changes_cancel(&waiting.ask);
    }
}
