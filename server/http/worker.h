/* SPDX-License-Identifier: Apache-2.0 */
/* One thread of the server: its loop, its database lanes, its caches. Nothing of it is touched by another thread, but
 * for the counters, which others read relaxed, and messages, which arrive on its loop. */
#ifndef HALLMARK_HTTP_WORKER_H
#define HALLMARK_HTTP_WORKER_H

#include "base/cache.h"
#include "client/client_book.h"
#include "client/history_reads.h"
#include "client/link_book.h"
#include "client/member_book.h"
#include "client/penalty.h"
#include "client/policy.h"
#include "client/secret_use.h"
#include "http/settings.h"
#include "store/db.h"
#include "store/feed.h"
#include "token/jws.h"
#include "token/ticket.h"
#include <stdatomic.h>

/* Counters for /metrics. Each belongs to one thread, which alone adds to it. */
#define WORKER_COUNTER_TABLE(ROW)                                                                                      \
    ROW(connections_accepted, "hallmark_connections_accepted_total", "Connections accepted.")                          \
    ROW(connections_refused, "hallmark_connections_refused_total",                                                     \
        "Times accepting was paused because the limit was reached.")                                                   \
    ROW(requests, "hallmark_requests_total", "Requests answered.")                                                     \
    ROW(tokens_issued, "hallmark_tokens_issued_total", "Access tokens issued.")                                        \
    ROW(authentication_failed, "hallmark_authentication_failed_total",                                                 \
        "Token requests whose client authentication failed.")                                                          \
    ROW(authentication_slowed, "hallmark_authentication_slowed_total", "Token requests refused by the slow-down.")     \
    ROW(rate_limited_key, "hallmark_rate_limited_key_total", "Requests refused by the limit of a key.")                \
    ROW(rate_limited_application, "hallmark_rate_limited_application_total",                                           \
        "Requests refused by the limit of an application.")                                                            \
    ROW(token_cache_hits, "hallmark_token_cache_hits_total", "Access tokens found in the cache of checked tokens.")    \
    ROW(token_cache_misses, "hallmark_token_cache_misses_total", "Access tokens checked by signature.")                \
    ROW(client_cache_hits, "hallmark_client_cache_hits_total", "Clients found in memory.")                             \
    ROW(client_cache_misses, "hallmark_client_cache_misses_total", "Clients read from the database.")                  \
    ROW(link_cache_hits, "hallmark_link_cache_hits_total", "Links of office keys found in memory.")                    \
    ROW(link_cache_misses, "hallmark_link_cache_misses_total", "Links of office keys read from the database.")         \
    ROW(member_cache_hits, "hallmark_member_cache_hits_total", "Members found in memory.")                             \
    ROW(member_cache_misses, "hallmark_member_cache_misses_total", "Members read from the database.")                  \
    ROW(changes_written, "hallmark_changes_written_total", "Record writes, each with its history row.")                \
    ROW(history_reads_refused, "hallmark_history_reads_refused_total",                                                 \
        "Questions to the history refused because the log of reads had no room.")                                      \
    ROW(malformed_http, "hallmark_malformed_http_total", "Requests refused as malformed HTTP.")                        \
    ROW(answers_late, "hallmark_answers_late_total", "Requests answered 503 because the whole-answer deadline passed.")

/* Upper bounds of the request duration histogram's buckets; the last bucket has none. */
#define WORKER_DURATION_BUCKETS 16
extern const int64_t worker_duration_bounds_us[WORKER_DURATION_BUCKETS - 1];

struct worker_counters {
#define WORKER_COUNTER_FIELD(field, name, help) _Atomic uint64_t field;
    WORKER_COUNTER_TABLE(WORKER_COUNTER_FIELD)
#undef WORKER_COUNTER_FIELD
    _Atomic uint64_t answers[6]; /* by first digit of the status; [0]: none was sent */
    _Atomic uint64_t
        duration_buckets[WORKER_DURATION_BUCKETS]; /* requests in each bucket alone; /metrics sums them up */
    _Atomic uint64_t duration_sum_us;
    _Atomic int64_t connections_open;
};

struct routes;
struct work_pool; /* http/work_pool.h */

struct worker {
    h2o_context_t ctx; /* H2O_STRUCT_FROM_MEMBER(struct worker, ctx, req->conn->ctx) */
    unsigned index;
    const struct settings *settings;
    const struct routes *routes;
    struct db *db;
    struct jws_contexts *jws;
    struct ticket_key tickets;
    struct policy *policy; /* NULL until the first snapshot came: then nothing is served but health */
    struct client_book *clients;
    struct link_book *links;     /* of office keys */
    struct member_book *members; /* whom tokens of persons speak of */
    struct cache *tokens; /* digest of a checked token -> its claims (principal_search.h): one malloc block each */
    struct penalty_table *penalties;     /* shared: lock-free */
    struct secret_uses *uses;            /* NULL: they are not counted */
    struct history_reads *history_reads; /* NULL: they are not logged */
    struct work_pool *pool;              /* shared: what would hold up a loop; NULL: nobody can log in */
    struct rate_table *rates;            /* shared; NULL: nobody has a limit */
    struct feed *feed; /* shared: but for feed_age_ms only the first thread may use it; NULL before there is one */
    struct worker_counters counters;
    struct worker_listeners *listeners; /* http/listener.c */
    h2o_multithread_receiver_t receiver;
    h2o_timeout_t answer_deadline; /* LIMIT_ANSWER_MS */
    struct worker *const *all;     /* all workers of the process */
    unsigned all_count;
};

static inline void worker_count(_Atomic uint64_t *counter)
{
    atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + 1, memory_order_relaxed);
}

/* No policy has come yet, or the feed has been silent for so long that revocations may have been missed: nobody can be
 * judged. Whoever has waited asks again. */
bool worker_is_blind(const struct worker *worker);

/* Runs `run(worker, argument)` on that worker's thread, in the order of sending. Any thread. Who sends owns the
 * argument's memory as the two agree. */
void worker_send(struct worker *worker, void (*run)(struct worker *worker, void *argument), void *argument);

/* Splits the process's connections (settings->db_connections) over its threads: one each for what runs
 * beside them (worker.c), and for each thread one to read, one or two for lists, the rest to write. False when there
 * are fewer than that with one of each lane; *needed_out then says how many. */
bool worker_lanes(const struct settings *settings, unsigned threads, struct db_settings *out, unsigned *needed_out);

/* On the thread that is going to run it, with index, settings, routes, all and all_count set and the rest
 * zero: makes loop, context, lanes and caches. conf has its hosts and outlives the worker. */
void worker_open(struct worker *worker, h2o_globalconf_t *conf, const struct db_settings *lanes);

/* One turn of its loop: waits a moment at most. */
void worker_turn(struct worker *worker);
/* A turn that waits for nothing: runs the messages that have come. */
void worker_flush(struct worker *worker);

/* With no connection and no message left. Releases the policy too. */
void worker_close(struct worker *worker);

#endif
