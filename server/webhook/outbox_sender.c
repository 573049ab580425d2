/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/outbox_sender.h"

#include "base/clock.h"
#include "webhook/outbox.h"
#include "webhook/transfer.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#define TRANSFERS_MIN      16
#define TRANSFERS_EACH_MAX 16 /* of one receiver, and a sixteenth of all: a slow one leaves room for the others */
#define LEASE_MOST         200
#define TIMEOUT_MS         20000
#define LEASE_SECONDS      45 /* a transfer, and the recording of its result behind a slow database */
#define IDLE_MS            500
#define BUSY_MS            5
#define RESULTS_MOST       100
#define RESULTS_WAIT_MS    20
#define RECORD_TRIES_MAX   5
#define RECONNECT_MS       1000
#define LAST_TRANSFERS_MS  1000
#define STOP_SECONDS       3

_Static_assert(LEASE_SECONDS * 1000 > TIMEOUT_MS, "a lease outlives the attempt");

struct outbox_sender {
    enum outbox_kind kind;
    const struct outbox *outbox;
    const struct settings *settings;
    bool (*prepare)(struct db_sync *db);
    struct transfer_settings rules;
    pthread_t thread;
    CURLM *multi;
    atomic_bool stop;
    struct db_sync *db; /* NULL: not connected */
    int64_t lease;      /* what this process takes, it takes under this number */
    int64_t next_connect_ms, next_lease_ms;
    size_t running, transfers_max;
    struct transfer *transfers[LIMIT_WEBHOOK_TRANSFERS_MAX]; /* those under way; NULL: a free place */
    h2o_mem_pool_t results_pool;
    struct text results; /* a JSON array that is not yet closed */
    size_t results_count, record_tries;
    int64_t results_since_ms;
};

static _Atomic uint64_t counts[OUTBOX__MAX][VERDICT__MAX];
static _Atomic uint64_t under_way[OUTBOX__MAX];

/* --- the database ------------------------------------------------------------------------------------------------ */

static void say_database_failed(struct outbox_sender *sender, const char *what)
{
    char message[256];
    log_event(LOG_LEVEL_WARN, "outbox_without_database", "\"outbox\":\"%s\",\"while\":\"%s\",\"reason\":%s",
              sender->outbox->name, what, log_quote(message, sizeof(message), slice_of(db_sync_message(sender->db))));
    db_sync_close(sender->db);
    sender->db = NULL;
    sender->next_connect_ms = clock_monotonic_ms() + RECONNECT_MS;
}

static void connect_when_due(struct outbox_sender *sender)
{
    char *message = NULL;
    if (sender->db != NULL || clock_monotonic_ms() < sender->next_connect_ms)
        return;
    sender->db = db_sync_open(sender->settings->database, &message);
    sender->next_connect_ms = clock_monotonic_ms() + RECONNECT_MS;
    free(message);
    if (sender->db != NULL && !sender->prepare(sender->db))
        say_database_failed(sender, "prepare");
}

static void start_results(struct outbox_sender *sender)
{
    h2o_mem_clear_pool(&sender->results_pool);
    text_start(&sender->results, &sender->results_pool, 16384);
    text_add_char(&sender->results, '[');
    sender->results_count = sender->record_tries = 0;
}

/* What cannot be recorded is sent once more when the lease ends. */
static void record_results(struct outbox_sender *sender)
{
    h2o_iovec_t array = slice_format(&sender->results_pool, "%.*s]", SLICE_ARGS(text_slice(&sender->results)));
    if (!sender->outbox->record(sender->db, sender->lease, array, &sender->results_pool)) {
        say_database_failed(sender, "record");
        if (++sender->record_tries >= RECORD_TRIES_MAX)
            start_results(sender);
        return;
    }
    start_results(sender);
    sender->next_lease_ms = 0; /* there is room now, and the next event of a record may go */
}

static void record_when_due(struct outbox_sender *sender)
{
    if (sender->results_count == 0 || sender->db == NULL)
        return;
    if (sender->results_count >= RESULTS_MOST || sender->running == 0 ||
        clock_monotonic_ms() - sender->results_since_ms >= RESULTS_WAIT_MS)
        record_results(sender);
}

/* --- transfers --------------------------------------------------------------------------------------------------- */

static void finish(struct outbox_sender *sender, struct transfer *transfer, CURLcode code)
{
    struct verdict verdict = transfer_end(transfer, code);
    atomic_fetch_add_explicit(&counts[sender->kind][verdict.result], 1, memory_order_relaxed);
    if (sender->results_count++ == 0)
        sender->results_since_ms = clock_monotonic_ms();
    transfer_add_result(transfer, &sender->results);
    transfer_destroy(transfer);
}

static struct transfer **place_of(struct outbox_sender *sender, const struct transfer *transfer)
{
    for (size_t i = 0; i < LIMIT_WEBHOOK_TRANSFERS_MAX; ++i) {
        if (sender->transfers[i] == transfer)
            return &sender->transfers[i];
    }
    abort(); /* there is room, and each that is under way has its place */
}

static void start_transfer(struct outbox_sender *sender, const struct delivery *delivery)
{
    struct transfer *transfer = transfer_create(delivery, &sender->rules);
    CURL *easy = transfer_handle(transfer);
    if (easy == NULL) {
        finish(sender, transfer, CURLE_ABORTED_BY_CALLBACK);
        return;
    }
    CURLMcode added = curl_multi_add_handle(sender->multi, easy);
    assert(added == CURLM_OK);
    *place_of(sender, NULL) = transfer;
    ++sender->running;
}

static void lease_when_due(struct outbox_sender *sender)
{
    const struct delivery *deliveries;
    h2o_mem_pool_t pool;
    size_t count = 0, room = sender->transfers_max - sender->running, each = sender->transfers_max / TRANSFERS_EACH_MAX;
    int64_t now = clock_monotonic_ms();
    struct outbox_lease lease = {.number = sender->lease,
                                 .seconds = LEASE_SECONDS,
                                 .most = room < LEASE_MOST ? (int64_t)room : LEASE_MOST,
                                 .each = each < TRANSFERS_EACH_MAX ? (int64_t)each : TRANSFERS_EACH_MAX};
    if (sender->db == NULL || room == 0 || now < sender->next_lease_ms)
        return;
    h2o_mem_init_pool(&pool);
    if (!sender->outbox->lease(sender->db, sender->settings, &lease, &pool, &deliveries, &count))
        say_database_failed(sender, "lease");
    for (size_t i = 0; i < count; ++i)
        start_transfer(sender, &deliveries[i]);
    h2o_mem_clear_pool(&pool);
    sender->next_lease_ms = now + (count == 0 ? IDLE_MS : BUSY_MS);
}

static void drive(struct outbox_sender *sender)
{
    int running, left;
    CURLMsg *message;
    curl_multi_perform(sender->multi, &running);
    while ((message = curl_multi_info_read(sender->multi, &left)) != NULL) {
        struct transfer *transfer;
        CURLcode code = message->data.result;
        if (message->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&transfer);
        curl_multi_remove_handle(sender->multi, message->easy_handle);
        *place_of(sender, transfer) = NULL;
        --sender->running;
        finish(sender, transfer, code);
    }
    atomic_store_explicit(&under_way[sender->kind], sender->running, memory_order_relaxed);
}

static void rest(struct outbox_sender *sender)
{
    int64_t now = clock_monotonic_ms(), wait = IDLE_MS;
    if (sender->db != NULL && sender->next_lease_ms < now + wait)
        wait = sender->next_lease_ms - now;
    if (sender->results_count > 0 && sender->db != NULL && wait > RESULTS_WAIT_MS)
        wait = RESULTS_WAIT_MS;
    curl_multi_poll(sender->multi, NULL, 0, wait > 0 ? (int)wait : 0, NULL);
}

/* --- the thread -------------------------------------------------------------------------------------------------- */

/* What is under way may still end; then everything is given back. */
static void wind_up(struct outbox_sender *sender)
{
    int64_t end = clock_monotonic_ms() + LAST_TRANSFERS_MS;
    while (sender->running > 0 && clock_monotonic_ms() < end) {
        drive(sender);
        curl_multi_poll(sender->multi, NULL, 0, RESULTS_WAIT_MS, NULL);
    }
    if (sender->results_count > 0 && sender->db != NULL)
        record_results(sender);
    if (sender->db != NULL && !sender->outbox->release(sender->db, sender->lease))
        say_database_failed(sender, "release");
    db_sync_close(sender->db);
    sender->db = NULL;
}

/* Transfers that did not end: their events are given back, and go out again. */
static void drop_transfers(struct outbox_sender *sender)
{
    for (size_t i = 0; i < LIMIT_WEBHOOK_TRANSFERS_MAX; ++i) {
        if (sender->transfers[i] == NULL)
            continue;
        curl_multi_remove_handle(sender->multi, transfer_handle(sender->transfers[i]));
        transfer_destroy(sender->transfers[i]);
    }
}

static void *send_all(void *argument)
{
    struct outbox_sender *sender = argument;
    while (!atomic_load(&sender->stop)) {
        connect_when_due(sender);
        lease_when_due(sender);
        drive(sender);
        record_when_due(sender);
        rest(sender);
        log_tick();
    }
    wind_up(sender);
    drop_transfers(sender);
    return NULL;
}

/* A share of the descriptors that the process may have. */
static size_t count_transfers(size_t most)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur / LIMIT_WEBHOOK_SHARE < TRANSFERS_MIN)
        return TRANSFERS_MIN;
    rlim_t share = limit.rlim_cur / LIMIT_WEBHOOK_SHARE;
    return share < most ? (size_t)share : most;
}

/* --- start and end ------------------------------------------------------------------------------------------------ */

struct outbox_senders {
    struct outbox_sender senders[OUTBOX__MAX];
};

static void start(struct outbox_sender *sender, enum outbox_kind kind, const struct settings *settings,
                  bool (*prepare)(struct db_sync *db))
{
    *sender = (struct outbox_sender){.kind = kind,
                                     .outbox = outbox_of(kind),
                                     .settings = settings,
                                     .prepare = prepare,
                                     .transfers_max = count_transfers(outbox_of(kind)->transfers_max)};
    sender->rules = (struct transfer_settings){
        {settings->webhook_allow_private, settings->webhook_allow_http}, sender->outbox->rules, TIMEOUT_MS};
    sender->multi = curl_multi_init();
    if (sender->multi == NULL)
        abort();
    curl_multi_setopt(sender->multi, CURLMOPT_MAXCONNECTS,
                      (long)sender->transfers_max); /* kept open: a receiver gets many */
    secret_random(&sender->lease, sizeof(sender->lease));
    sender->lease &= INT64_MAX;
    h2o_mem_init_pool(&sender->results_pool);
    start_results(sender);
    if (pthread_create(&sender->thread, NULL, send_all, sender) != 0)
        abort();
}

struct outbox_senders *outbox_senders_start(const struct settings *settings, bool (*prepare)(struct db_sync *db))
{
    struct outbox_senders *senders = h2o_mem_alloc(sizeof(*senders));
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        abort();
    for (unsigned kind = 0; kind < OUTBOX__MAX; ++kind)
        start(&senders->senders[kind], (enum outbox_kind)kind, settings, prepare);
    return senders;
}

/* False: it has not ended. */
static bool join(struct outbox_sender *sender, const struct timespec *until)
{
    if (pthread_clockjoin_np(sender->thread, NULL, CLOCK_MONOTONIC, until) != 0)
        return false;
    curl_multi_cleanup(sender->multi);
    h2o_mem_clear_pool(&sender->results_pool);
    return true;
}

void outbox_senders_stop(struct outbox_senders *senders)
{
    struct timespec until;
    bool ended = true;
    for (size_t i = 0; i < OUTBOX__MAX; ++i) {
        atomic_store(&senders->senders[i].stop, true);
        curl_multi_wakeup(senders->senders[i].multi);
    }
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += STOP_SECONDS;
    for (size_t i = 0; i < OUTBOX__MAX; ++i)
        ended = join(&senders->senders[i], &until) && ended;
    if (!ended) {
        log_event(LOG_LEVEL_WARN, "outbox_sender_left", NULL); /* it ends with the process; its leases end by time */
        return;
    }
    curl_global_cleanup();
    free(senders);
}

void outbox_senders_metrics(struct text *text)
{
    for (unsigned kind = 0; kind < OUTBOX__MAX; ++kind) {
        const char *name = outbox_of((enum outbox_kind)kind)->counter,
                   *gauge = outbox_of((enum outbox_kind)kind)->gauge;
        text_add_format(text, "# HELP %s Attempts to deliver, by what came of them.\n# TYPE %s counter\n", name, name);
        for (unsigned result = 0; result < VERDICT__MAX; ++result)
            text_add_format(text, "%s{result=\"%s\"} %llu\n", name, verdict_word((enum verdict_result)result),
                            (unsigned long long)atomic_load_explicit(&counts[kind][result], memory_order_relaxed));
        text_add_format(text, "# HELP %s Deliveries under way.\n# TYPE %s gauge\n%s %llu\n", gauge, gauge, gauge,
                        (unsigned long long)atomic_load_explicit(&under_way[kind], memory_order_relaxed));
    }
}
