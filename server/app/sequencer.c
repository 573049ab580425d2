/* SPDX-License-Identifier: Apache-2.0 */
#include "app/sequencer.h"

#include "app/published_head.h"
#include "base/clock.h"
#include "base/log.h"
#include "seal/seal_status.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define ROUND_MS      200 /* between two looks: a change waits for its place no longer, unless a transaction holds it up */
#define LAG_EVERY     5  /* rounds: how far behind sealing is, is asked once a second */
#define ALARM_AGAIN_S 60 /* the same alarm is logged so often */
#define LAG_ALARM_S   5  /* the promise is a second */
#define US_PER_SECOND 1000000
#define STOP_SECONDS  2 /* a statement that a lock or a dead database holds up is not waited for */
#define PEM_BYTES_MAX 4096
#define ORIGIN_PATH   "/history"
#define NS_PER_MS     1000000L

struct sequencer {
    const struct settings *settings;
    const struct seal_identity *identity;
    struct published_head head;
    bool head_is_checked; /* since the connection was made */
    unsigned rounds;
    enum seal_alarm alarm;
    int64_t alarmed_s, lag_told_s;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool stop;
};

/* --- identity ---------------------------------------------------------------------------------------------------- */

static bool fail(char **message_out, const char *path, const char *why)
{
    if (asprintf(message_out, "checkpoint key file %s: %s", path, why) < 0)
        abort();
    return false;
}

static bool read_key(const char *path, struct seal_identity *identity, char **message_out)
{
    char pem[PEM_BYTES_MAX];
    struct stat status;
    const char *wrong = NULL;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return fail(message_out, path, strerror(errno));
    bool is_private = fstat(file, &status) == 0 && (status.st_mode & (S_IRWXG | S_IRWXO)) == 0;
    ssize_t len = read(file, pem, sizeof(pem));
    close(file);
    if (!is_private)
        return fail(message_out, path, "it can be read by others: chmod 600 it");
    bool done = len > 0 && note_signer_read(identity->origin, (h2o_iovec_t){pem, (size_t)len},
                                            &identity->signers[identity->signer_count], &wrong);
    secret_wipe(pem, sizeof(pem));
    if (!done)
        return fail(message_out, path, wrong == NULL ? "it is empty" : wrong);
    ++identity->signer_count;
    return true;
}

/* The issuer's host, as it is known: an origin looks like an address without its scheme. */
static h2o_iovec_t origin_of(const struct configuration *configuration)
{
    h2o_iovec_t host = configuration->settings.issuer;
    if (configuration->history_origin != NULL)
        return slice_of(strdup(configuration->history_origin));
    if (slice_starts_with(host, SLICE("https://")))
        host = slice_from(host, sizeof("https://") - 1);
    else if (slice_starts_with(host, SLICE("http://")))
        host = slice_from(host, sizeof("http://") - 1);
    char *origin = NULL;
    if (asprintf(&origin, "%.*s%s", SLICE_ARGS(host), ORIGIN_PATH) < 0)
        abort();
    return slice_of(origin);
}

bool sequencer_identity(const struct configuration *configuration, struct seal_identity *out, char **message_out)
{
    const char *const files[SEAL_KEYS_MAX] = {configuration->checkpoint_key_file,
                                              configuration->checkpoint_old_key_file};
    *out = (struct seal_identity){.origin = origin_of(configuration)};
    for (size_t i = 0; i < SEAL_KEYS_MAX; ++i)
        if (files[i] != NULL && !read_key(files[i], out, message_out))
            return false;
    return true;
}

void sequencer_identity_wipe(struct seal_identity *identity)
{
    for (size_t i = 0; i < identity->signer_count; ++i)
        note_signer_wipe(&identity->signers[i]);
    free(identity->origin.base);
    *identity = (struct seal_identity){.signer_count = 0};
}

/* --- alarms ------------------------------------------------------------------------------------------------------ */

/* Nothing is sealed as long as one stands. */
static void set_alarm(struct sequencer *sequencer, enum seal_alarm alarm, int64_t history_id)
{
    int64_t now_s = clock_unix_s();
    bool is_news = alarm != sequencer->alarm || now_s - sequencer->alarmed_s >= ALARM_AGAIN_S;
    if (alarm != SEAL_ALARM_NONE && is_news) {
        log_event(LOG_LEVEL_ERROR, "history_alarm",
                  "\"alarm\":\"%s\",\"published_size\":%llu,\"change\":%lld,\"hint\":\"%s\"", seal_alarm_word(alarm),
                  (unsigned long long)sequencer->head.size, (long long)history_id, seal_alarm_hint(alarm));
        sequencer->alarmed_s = now_s;
    }
    if (alarm == SEAL_ALARM_NONE && sequencer->alarm != SEAL_ALARM_NONE)
        log_event(LOG_LEVEL_WARN, "history_alarm_over", "\"alarm\":\"%s\"", seal_alarm_word(sequencer->alarm));
    sequencer->alarm = alarm;
    atomic_store(&seal_status.alarm, (int)alarm);
}

/* --- a round ----------------------------------------------------------------------------------------------------- */

/* Whether the log goes on from what was published. A false without an alarm: the database did not answer. */
static bool head_fits(struct sequencer *sequencer, struct db_sync *db, const struct seal_log_state *state)
{
    struct merkle_hash root;
    struct published_head *head = &sequencer->head;
    if (!state->same_cluster) {
        set_alarm(sequencer, SEAL_ALARM_RESTORED, 0);
        return false;
    }
    if (!head->is_there && state->range.size == 0) { /* we saw it empty: whatever comes goes on from there */
        head->is_there = true;
        head->root = merkle_root(&state->range);
    }
    if (!head->is_there) {
        set_alarm(sequencer, SEAL_ALARM_NO_HEAD, 0);
        return false;
    }
    if (head->size > state->range.size) {
        set_alarm(sequencer, SEAL_ALARM_BEHIND, 0);
        return false;
    }
    if (sequencer->head_is_checked)
        return true;
    if (!seal_log_root_at(db, head->size, state->range.size, &root) || !merkle_equal(&root, &head->root)) {
        set_alarm(sequencer, SEAL_ALARM_FORKED, 0);
        return false;
    }
    sequencer->head_is_checked = true;
    return true;
}

/* A note about another tree than the one we see: a batch of another node has come in between, unless we are the one
 * that seals. */
static bool publish(struct sequencer *sequencer, h2o_iovec_t note, const struct seal_log_state *state)
{
    enum head_outcome outcome = published_head_write(&sequencer->head, note, &state->range, sequencer->identity);
    if (outcome == HEAD_UNWRITTEN)
        set_alarm(sequencer, SEAL_ALARM_UNWRITTEN, 0);
    if (outcome == HEAD_OF_ANOTHER && state->held)
        set_alarm(sequencer, SEAL_ALARM_FORKED, 0);
    return outcome == HEAD_WRITTEN;
}

/* What another node has sealed, or we have and could not write down. */
static bool follow(struct sequencer *sequencer, struct db_sync *db, const struct seal_log_state *state)
{
    h2o_mem_pool_t pool;
    if (sequencer->head.size == state->range.size)
        return true;
    h2o_mem_init_pool(&pool);
    bool done = publish(sequencer, seal_log_last_note(db, &pool), state);
    h2o_mem_clear_pool(&pool);
    return done;
}

/* Batches until nothing is left. False: the connection is given up. */
static bool seal(struct sequencer *sequencer, struct db_sync *db, struct seal_log_state *state)
{
    enum seal_outcome outcome = SEAL_DONE;
    while (outcome == SEAL_DONE) {
        h2o_mem_pool_t pool;
        struct seal_report report;
        h2o_mem_init_pool(&pool);
        outcome = seal_log_batch(db, &pool, &state->range, sequencer->identity, &report);
        if (outcome == SEAL_DONE && !publish(sequencer, report.note, state))
            outcome = SEAL_NOTHING;
        else if (outcome == SEAL_ALTERED)
            set_alarm(sequencer, SEAL_ALARM_ALTERED, report.history_id);
        else if (outcome == SEAL_DONE || outcome == SEAL_NOTHING)
            set_alarm(sequencer, SEAL_ALARM_NONE, 0);
        if (outcome == SEAL_DONE && report.count < SEAL_BATCH_MAX)
            outcome = SEAL_NOTHING; /* the next round will do */
        h2o_mem_clear_pool(&pool);
    }
    atomic_store(&seal_status.size, (int64_t)state->range.size);
    return outcome != SEAL_FAILED;
}

/* Whoever holds it up is named, so that it can be ended. */
static void tell_lag(struct sequencer *sequencer, const struct db_result *result, int64_t oldest_us)
{
    char quoted[256];
    int64_t now_s = clock_unix_s(), lag_s = oldest_us == 0 ? 0 : now_s - oldest_us / US_PER_SECOND;
    if (lag_s < LAG_ALARM_S || now_s - sequencer->lag_told_s < ALARM_AGAIN_S || db_result_is_null(result, 0, 1))
        return;
    sequencer->lag_told_s = now_s;
    log_event(LOG_LEVEL_WARN, "history_lag", "\"seconds\":%lld,\"oldest_transaction_pid\":%lld,\"of\":%s",
              (long long)lag_s, (long long)db_result_i64(result, 0, 1),
              log_quote(quoted, sizeof(quoted), db_result_text(result, 0, 3)));
}

static bool look_at_lag(struct sequencer *sequencer, struct db_sync *db)
{
    struct db_parameters parameters;
    const struct db_result *result;
    db_parameters_start(&parameters);
    db_add_i64(&parameters, SEAL_LOG_ID);
    if (db_sync_run(db, STATEMENT_SEAL_LAG, &parameters, &result) != DB_DONE || db_result_rows(result) != 1)
        return false;
    atomic_store(&seal_status.oldest_us, db_result_i64(result, 0, 0));
    atomic_store(&seal_status.holder_us, db_result_i64(result, 0, 2));
    tell_lag(sequencer, result, db_result_i64(result, 0, 0));
    return true;
}

static bool run_round(struct sequencer *sequencer, struct db_sync *db)
{
    struct seal_log_state state;
    if (!seal_log_look(db, &state))
        return false;
    atomic_store(&seal_status.is_sealer, state.held);
    atomic_store(&seal_status.size, (int64_t)state.range.size);
    if (sequencer->rounds++ % LAG_EVERY == 0 && !look_at_lag(sequencer, db))
        return false;
    if (!state.writable || !head_fits(sequencer, db, &state) || !follow(sequencer, db, &state))
        return true;
    if (state.held)
        return seal(sequencer, db, &state);
    set_alarm(sequencer, SEAL_ALARM_NONE, 0);
    return true;
}

/* --- the thread -------------------------------------------------------------------------------------------------- */

/* True when it is time to stop. */
static bool rest(struct sequencer *sequencer)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += ROUND_MS * NS_PER_MS;
    until.tv_sec += until.tv_nsec / (1000 * NS_PER_MS);
    until.tv_nsec %= 1000 * NS_PER_MS;
    pthread_mutex_lock(&sequencer->lock);
    while (!sequencer->stop &&
           pthread_cond_clockwait(&sequencer->wake, &sequencer->lock, CLOCK_MONOTONIC, &until) != ETIMEDOUT)
        ;
    bool stop = sequencer->stop;
    pthread_mutex_unlock(&sequencer->lock);
    return stop;
}

static void *run(void *argument)
{
    struct sequencer *sequencer = argument;
    struct db_sync *db = NULL;
    do {
        char *message = NULL;
        if (db == NULL) {
            db = db_sync_open(sequencer->settings->database, &message);
            sequencer->head_is_checked = false;
        }
        if (db != NULL && !run_round(sequencer, db)) {
            char quoted[256];
            log_event(LOG_LEVEL_WARN, "sealing_failed", "\"reason\":%s",
                      log_quote(quoted, sizeof(quoted), slice_of(db_sync_message(db))));
            db_sync_close(db); /* its lock goes with it: another node may seal */
            db = NULL;
            atomic_store(&seal_status.is_sealer, false);
        }
        free(message);
    } while (!rest(sequencer));
    db_sync_close(db);
    return NULL;
}

struct sequencer *sequencer_start(const struct settings *settings, const struct seal_identity *identity,
                                  const char *head_path, char **message_out)
{
    struct published_head head;
    if (!published_head_read(&head, head_path, identity, message_out))
        return NULL;
    struct sequencer *sequencer = h2o_mem_alloc(sizeof(*sequencer));
    *sequencer = (struct sequencer){.settings = settings, .identity = identity, .head = head};
    pthread_mutex_init(&sequencer->lock, NULL);
    pthread_cond_init(&sequencer->wake, NULL);
    atomic_store(&seal_status.is_on, true);
    if (pthread_create(&sequencer->thread, NULL, run, sequencer) != 0)
        h2o_fatal("no thread");
    return sequencer;
}

void sequencer_stop(struct sequencer *sequencer)
{
    struct timespec until;
    if (sequencer == NULL)
        return;
    pthread_mutex_lock(&sequencer->lock);
    sequencer->stop = true;
    pthread_cond_signal(&sequencer->wake);
    pthread_mutex_unlock(&sequencer->lock);
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += STOP_SECONDS;
    if (pthread_clockjoin_np(sequencer->thread, NULL, CLOCK_MONOTONIC, &until) != 0) {
        log_event(LOG_LEVEL_WARN, "sequencer_left", NULL); /* it ends with the process; its transaction rolls back */
        return;
    }
    pthread_cond_destroy(&sequencer->wake);
    pthread_mutex_destroy(&sequencer->lock);
    free(sequencer);
}

/* --- figures ----------------------------------------------------------------------------------------------------- */

static void add_gauge(struct text *text, const char *name, const char *help, double value)
{
    text_add_format(text, "# HELP %s %s\n# TYPE %s gauge\n%s %.17g\n", name, help, name, name, value);
}

static double seconds_since(int64_t moment_us)
{
    int64_t now_us = clock_unix_us();
    return moment_us == 0 || moment_us > now_us ? 0 : (double)(now_us - moment_us) / 1e6;
}

static void add_alarms(struct text *text)
{
    static const char name[] = "hallmark_history_alarm";
    text_add_format(text, "# HELP %s 1 for what keeps the history from being sealed.\n# TYPE %s gauge\n", name, name);
    for (enum seal_alarm alarm = SEAL_ALARM_NONE + 1; alarm < SEAL_ALARM__MAX; ++alarm)
        text_add_format(text, "%s{alarm=\"%s\"} %d\n", name, seal_alarm_word(alarm),
                        atomic_load(&seal_status.alarm) == (int)alarm);
}

void sequencer_metrics(struct text *text)
{
    if (!atomic_load(&seal_status.is_on))
        return;
    add_gauge(text, "hallmark_history_sealer", "1 on the node that seals the history.",
              atomic_load(&seal_status.is_sealer));
    add_gauge(text, "hallmark_history_sealed", "Changes that have their place in the log.",
              (double)atomic_load(&seal_status.size));
    add_gauge(text, "hallmark_history_lag_seconds", "Age of the oldest change without a place.",
              seconds_since(atomic_load(&seal_status.oldest_us)));
    add_gauge(text, "hallmark_history_oldest_transaction_seconds",
              "Age of the oldest transaction of the whole cluster: it holds sealing back.",
              seconds_since(atomic_load(&seal_status.holder_us)));
    add_alarms(text);
}
