/* SPDX-License-Identifier: Apache-2.0 */
#include "http/worker.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#define TURN_WAIT_MS           250 /* how long a loop sleeps at most: the drain looks at the clock that often */
#define BYTES_PER_MEGABYTE     ((size_t)1024 * 1024)
#define CONNECTIONS_OF_PROCESS 6 /* the feed, housekeeping, webhooks, logout tokens, mails, and sealing */
#define LANES_OF_WORKER_MIN    3 /* one to read, one to write, one for lists */
#define LANES_FOR_TWO_LISTS    6

const int64_t worker_duration_bounds_us[WORKER_DURATION_BUCKETS - 1] = {
    100, 250, 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 500000, 1000000, 2500000, 5000000,
};

bool worker_lanes(const struct settings *settings, unsigned threads, struct db_settings *out, unsigned *needed_out)
{
    assert(threads > 0);
    *needed_out = CONNECTIONS_OF_PROCESS + threads * LANES_OF_WORKER_MIN;
    if (settings->db_connections < *needed_out)
        return false;
    unsigned own = (settings->db_connections - CONNECTIONS_OF_PROCESS) / threads;
    unsigned lists = own >= LANES_FOR_TWO_LISTS ? 2 : 1;
    *out = (struct db_settings){
        .conninfo = settings->database, .list_connections = lists, .write_connections = own - 1 - lists};
    return true;
}

bool worker_is_blind(const struct worker *worker)
{
    return worker->policy == NULL || (worker->feed != NULL && feed_age_ms(worker->feed) > LIMIT_FEED_DEAD_MS);
}

/* --- messages -------------------------------------------------------------------------------------------------------
 */

struct worker_message {
    h2o_multithread_message_t super;
    void (*run)(struct worker *worker, void *argument);
    void *argument;
};

static void on_messages(h2o_multithread_receiver_t *receiver, h2o_linklist_t *messages)
{
    struct worker *worker = H2O_STRUCT_FROM_MEMBER(struct worker, receiver, receiver);
    h2o_linklist_t *link = messages->next;
    h2o_linklist_init_anchor(messages); /* h2o asserts that its list is empty when we return */
    while (link != messages) {
        struct worker_message *message = H2O_STRUCT_FROM_MEMBER(struct worker_message, super.link, link);
        link = link->next;
        message->run(worker, message->argument);
        free(message);
    }
}

void worker_send(struct worker *worker, void (*run)(struct worker *worker, void *argument), void *argument)
{
    struct worker_message *message = h2o_mem_alloc(sizeof(*message));
    *message = (struct worker_message){.run = run, .argument = argument};
    h2o_multithread_send_message(&worker->receiver, &message->super);
}

/* --- life -----------------------------------------------------------------------------------------------------------
 */

static size_t cache_bytes_max(const struct settings *settings)
{
    unsigned megabytes = settings->cache_megabytes == 0 ? LIMIT_CACHE_MEGABYTES : settings->cache_megabytes;
    return megabytes * BYTES_PER_MEGABYTE;
}

void worker_open(struct worker *worker, h2o_globalconf_t *conf, const struct db_settings *lanes)
{
    const struct settings *settings = worker->settings;
    h2o_context_init(&worker->ctx, h2o_evloop_create(), conf);
    h2o_multithread_register_receiver(worker->ctx.queue, &worker->receiver, on_messages);
    h2o_timeout_init(worker->ctx.loop, &worker->answer_deadline, LIMIT_ANSWER_MS);
    ticket_key_derive(&worker->tickets, settings->master_key);
    worker->jws = jws_contexts_create();
    worker->db = db_create(worker->ctx.loop, lanes);
    worker->clients = client_book_create(worker->db, cache_bytes_max(settings));
    worker->links = link_book_create(worker->db, cache_bytes_max(settings));
    worker->members = member_book_create(worker->db, cache_bytes_max(settings));
    worker->tokens = cache_create(cache_bytes_max(settings), free);
}

/* An entry keeps the age that it had. */
static void set_timeout_back(h2o_timeout_t *timeout, uint64_t before_ms, uint64_t now_ms)
{
    for (h2o_linklist_t *link = timeout->_entries.next; link != &timeout->_entries; link = link->next) {
        h2o_timeout_entry_t *entry = H2O_STRUCT_FROM_MEMBER(h2o_timeout_entry_t, _link, link);
        uint64_t age_ms = before_ms - entry->registered_at;
        if (entry->registered_at > now_ms)
            entry->registered_at = now_ms - (age_ms < now_ms ? age_ms : now_ms);
    }
}

/* The library's timers go by the wall clock: when that is set back by an hour they would stand still for an hour, and
 * with them the feed and every deadline. (Set forward, they are early once.) */
static void set_timers_back(h2o_loop_t *loop, uint64_t before_ms)
{
    uint64_t now_ms = h2o_now(loop);
    if (now_ms >= before_ms)
        return;
    for (h2o_linklist_t *link = loop->_timeouts.next; link != &loop->_timeouts; link = link->next)
        set_timeout_back(H2O_STRUCT_FROM_MEMBER(h2o_timeout_t, _link, link), before_ms, now_ms);
    log_event(LOG_LEVEL_WARN, "clock_set_back", "\"milliseconds\":%llu", (unsigned long long)(before_ms - now_ms));
}

static void run_loop(struct worker *worker, int32_t wait_ms)
{
    uint64_t before_ms = h2o_now(worker->ctx.loop);
    if (h2o_evloop_run(worker->ctx.loop, wait_ms) != 0 && errno != EINTR) {
        log_event(LOG_LEVEL_ERROR, "loop_broken", "\"errno\":%d", errno);
        abort(); /* a broken epoll registration: nothing on this thread would ever wake up again */
    }
    set_timers_back(worker->ctx.loop, before_ms);
    log_tick();
}

void worker_turn(struct worker *worker)
{
    run_loop(worker, TURN_WAIT_MS);
}

void worker_flush(struct worker *worker)
{
    run_loop(worker, 0);
}

void worker_close(struct worker *worker)
{
    h2o_loop_t *loop = worker->ctx.loop;
    h2o_multithread_queue_t *queue = worker->ctx.queue;
    client_book_destroy(worker->clients);
    link_book_destroy(worker->links);
    member_book_destroy(worker->members);
    db_destroy(worker->db);
    cache_destroy(worker->tokens);
    jws_contexts_destroy(worker->jws);
    if (worker->policy != NULL)
        policy_release(worker->policy);
    secret_wipe(&worker->tickets, sizeof(worker->tickets));
    h2o_timeout_dispose(loop, &worker->answer_deadline);
    h2o_timeout_unlink(
        &worker->ctx.http2._graceful_shutdown_timeout); /* linked by the drain; h2o asserts that it is not */
    h2o_multithread_unregister_receiver(queue, &worker->receiver);
    h2o_context_dispose(&worker->ctx);
    h2o_evloop_destroy(loop);
    free(queue); /* the library takes it apart without freeing it */
}
