/* SPDX-License-Identifier: Apache-2.0 */
#include "app/policy_spread.h"

#include "base/log.h"

#include <assert.h>
#include <stdlib.h>

#define SPREAD_RETRY_MS 100 /* after a set could not be read */

/* What the feed told since the last spread; changes wait here while an earlier batch is on its way. */
struct batch {
    struct policy_change *changes; /* malloc, subjects too */
    size_t count, capacity;
    bool reset;    /* everything is to be forgotten */
    unsigned sets; /* bits of enum policy_set that have to be read again */
    int64_t through;
};

struct policy_spread {
    struct worker *first;
    struct feed *feed;
    struct policy_source *source;
    struct batch waiting; /* still growing */
    struct batch under_way;
    bool busy, stopped;
    unsigned sets_left; /* bits that are being read */
    unsigned reads;     /* calls under way */
    unsigned acknowledged;
    h2o_timeout_t retry_interval;
    h2o_timeout_entry_t retry;
};

/* One for each worker: its own reference to the policy, the shared batch. */
struct delivery {
    struct policy_spread *spread;
    struct policy *policy; /* NULL: refuse everything */
    bool replace;
};

#define SET_BIT(set) (1u << (set))
#define EVERY_SET    (SET_BIT(POLICY_SET__MAX) - 1)

static const unsigned sets_of_kind[POLICY__MAX] = {
    [POLICY_API] = SET_BIT(POLICY_SET_APIS) | SET_BIT(POLICY_SET_COLLECTIONS),
    [POLICY_SIGNING_KEY] = SET_BIT(POLICY_SET_SIGNING_KEYS),
    [POLICY_REVOCATION] = SET_BIT(POLICY_SET_REVOCATIONS),
};

static void batch_clear(struct batch *batch)
{
    for (size_t i = 0; i < batch->count; ++i)
        free(batch->changes[i].subject.base);
    free(batch->changes);
    memset(batch, 0, sizeof(*batch));
}

static void batch_add(struct batch *batch, const struct policy_change *change)
{
    if (batch->count == batch->capacity) {
        batch->capacity = batch->capacity == 0 ? 16 : batch->capacity * 2;
        batch->changes = realloc(batch->changes, batch->capacity * sizeof(*batch->changes));
        if (batch->changes == NULL)
            abort();
    }
    struct policy_change *copy = &batch->changes[batch->count++];
    *copy = *change;
    copy->subject.base = malloc(change->subject.len + 1);
    if (copy->subject.base == NULL)
        abort();
    memcpy(copy->subject.base, change->subject.base, change->subject.len);
    batch->sets |= sets_of_kind[change->kind];
    batch->through = change->id;
}

static void start_batch(struct policy_spread *spread);

static void finish_batch(struct policy_spread *spread)
{
    int64_t through = spread->under_way.through;
    batch_clear(&spread->under_way);
    spread->busy = false;
    if (spread->stopped)
        return;
    feed_applied(spread->feed, through);
    start_batch(spread);
}

static void on_acknowledged(struct worker *first, void *argument)
{
    (void)first;
    struct policy_spread *spread = argument;
    if (++spread->acknowledged == spread->first->all_count)
        finish_batch(spread);
}

/* On each worker's thread. The batch is read-only until all have acknowledged. */
static void apply_on_worker(struct worker *worker, void *argument)
{
    struct delivery *delivery = argument;
    const struct batch *batch = &delivery->spread->under_way;
    bool keys_changed = (batch->sets & SET_BIT(POLICY_SET_SIGNING_KEYS)) != 0;
    if (delivery->replace) {
        policy_release(worker->policy);
        worker->policy = delivery->policy;
    }
    if (batch->reset) {
        client_book_clear(worker->clients);
        link_book_clear(worker->links);
        member_book_clear(worker->members);
    }
    if (batch->reset || keys_changed) /* what a withdrawn key signed must be checked again */
        cache_clear(worker->tokens);
    for (size_t i = 0; i < batch->count; ++i) {
        client_book_apply(worker->clients, &batch->changes[i]);
        link_book_apply(worker->links, &batch->changes[i]);
        member_book_apply(worker->members, &batch->changes[i]);
    }
    struct policy_spread *spread = delivery->spread;
    free(delivery);
    worker_send(spread->first, on_acknowledged, spread);
}

static void spread_to_workers(struct policy_spread *spread, struct policy *policy, bool replace)
{
    spread->acknowledged = 0;
    for (unsigned i = 0; i < spread->first->all_count; ++i) {
        struct delivery *delivery = malloc(sizeof(*delivery));
        if (delivery == NULL)
            abort();
        *delivery = (struct delivery){spread, policy == NULL ? NULL : policy_share(policy), replace};
        worker_send(spread->first->all[i], apply_on_worker, delivery);
    }
    policy_release(policy);
}

/* A set that makes no sense leaves no policy at all: every request that needs one is refused until it is mended. */
static void build_and_spread(struct policy_spread *spread)
{
    const char *wrong = "";
    const struct settings *settings = spread->first->settings;
    struct policy *policy = policy_build(spread->source, settings->master_key, settings->issuer, &wrong);
    if (policy == NULL)
        log_event(LOG_LEVEL_ERROR, "policy_unusable", "\"reason\":\"%s\"", wrong);
    spread_to_workers(spread, policy, true);
}

static void read_sets(struct policy_spread *spread);

static void on_retry(h2o_timeout_entry_t *entry)
{
    read_sets(H2O_STRUCT_FROM_MEMBER(struct policy_spread, retry, entry));
}

static void on_set_read(enum db_outcome outcome, enum policy_set set, const struct policy_rows *rows, void *cookie)
{
    struct policy_spread *spread = cookie;
    const char *wrong = "";
    --spread->reads;
    if (spread->stopped)
        return;
    if (outcome == DB_DONE && policy_source_put(spread->source, set, rows, &wrong))
        spread->sets_left &= ~SET_BIT(set);
    else
        log_event(LOG_LEVEL_WARN, "policy_not_read", "\"set\":%d,\"reason\":\"%s\"", (int)set, wrong);
    if (spread->reads != 0)
        return;
    if (spread->sets_left == 0)
        build_and_spread(spread);
    else
        h2o_timeout_link(spread->first->ctx.loop, &spread->retry_interval, &spread->retry);
}

static void read_sets(struct policy_spread *spread)
{
    for (unsigned set = 0; set < POLICY_SET__MAX; ++set) {
        if ((spread->sets_left & SET_BIT(set)) != 0) {
            ++spread->reads;
            store_policy_read(spread->first->db, (enum policy_set)set, on_set_read, spread);
        }
    }
}

static void start_batch(struct policy_spread *spread)
{
    if (spread->busy || (!spread->waiting.reset && spread->waiting.count == 0))
        return;
    spread->busy = true;
    spread->under_way = spread->waiting;
    memset(&spread->waiting, 0, sizeof(spread->waiting));
    spread->sets_left = spread->under_way.sets;
    if (spread->sets_left != 0)
        read_sets(spread);
    else
        spread_to_workers(spread, NULL, false);
}

static void on_changes(const struct policy_change *changes, size_t count, void *cookie)
{
    struct policy_spread *spread = cookie;
    for (size_t i = 0; i < count; ++i)
        batch_add(&spread->waiting, &changes[i]);
    start_batch(spread);
}

static void on_reset(int64_t through, void *cookie)
{
    struct policy_spread *spread = cookie;
    batch_clear(&spread->waiting);
    spread->waiting.reset = true;
    spread->waiting.sets = EVERY_SET;
    spread->waiting.through = through;
    start_batch(spread);
}

static void take_feed(struct worker *worker, void *argument)
{
    worker->feed = argument;
}

struct policy_spread *policy_spread_start(struct worker *first)
{
    struct policy_spread *spread = calloc(1, sizeof(*spread));
    if (spread == NULL)
        abort();
    spread->first = first;
    spread->source = policy_source_create();
    spread->retry.cb = on_retry;
    h2o_timeout_init(first->ctx.loop, &spread->retry_interval, SPREAD_RETRY_MS);
    spread->feed =
        feed_create(first->ctx.loop, first->settings->database, (struct feed_callbacks){on_changes, on_reset, spread});
    for (unsigned i = 0; i < first->all_count; ++i)
        worker_send(first->all[i], take_feed, spread->feed);
    return spread;
}

void policy_spread_stop(struct policy_spread *spread)
{
    spread->stopped = true;
    h2o_timeout_unlink(&spread->retry);
    h2o_timeout_dispose(spread->first->ctx.loop, &spread->retry_interval);
    feed_destroy(spread->feed);
}

void policy_spread_destroy(struct policy_spread *spread)
{
    policy_source_destroy(spread->source);
    batch_clear(&spread->waiting);
    batch_clear(&spread->under_way);
    free(spread);
}
