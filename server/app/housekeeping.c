/* SPDX-License-Identifier: Apache-2.0 */
#include "app/housekeeping.h"

#include "app/actor.h"
#include "app/key_rotation.h"
#include "base/log.h"
#include "store/db_sync.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#define ROUND_SECONDS     10
#define BATCH_ROWS        1000 /* what one statement drops at most: short locks, short transactions */
#define BATCHES_PER_ROUND 20
#define MONTHS_AHEAD      3
#define STOP_SECONDS      2 /* a statement that a lock or a dead database holds up is not waited for */

struct housekeeping {
    const struct settings *settings;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool stop;
};

struct duty {
    enum statement statement;
    int64_t argument;
    bool repeat; /* again while it finds a full batch */
};

static const struct duty duties[] = {
    {STATEMENT_IDEMPOTENCY_EXPIRE, BATCH_ROWS, true},
    {STATEMENT_ADMIN_REQUEST_EXPIRE, BATCH_ROWS, true},
    {STATEMENT_REVOCATION_EXPIRE, BATCH_ROWS, true},
    {STATEMENT_POLICY_CHANGE_EXPIRE, BATCH_ROWS, true},
    {STATEMENT_AUTH_FAILURE_EXPIRE, BATCH_ROWS, true},
    {STATEMENT_CLIENT_SECRET_EXPIRE, BATCH_ROWS, true},
    {STATEMENT_SESSION_EXPIRE, BATCH_ROWS, true},
    {STATEMENT_PASSWORD_LINK_EXPIRE, BATCH_ROWS, true},
    {STATEMENT_MAIL_EXPIRE, BATCH_ROWS, true},
    {STATEMENT_NODE_EXPIRE, BATCH_ROWS, true},
    {STATEMENT_SIGNING_KEY_FORGET, BATCH_ROWS, true},
    {STATEMENT_HISTORY_PARTITIONS_MAKE, MONTHS_AHEAD, false},
    {STATEMENT_WEBHOOK_EXPIRE, BATCH_ROWS, true},
    {STATEMENT_RATE_COUNT_EXPIRE, BATCH_ROWS, true},
    {STATEMENT_GRANT_EXPIRE, BATCH_ROWS, true},
    {STATEMENT_FAMILY_EXPIRE, BATCH_ROWS, true},
    {STATEMENT_HISTORY_READ_EXPIRE, LIMIT_HISTORY_READS_MONTHS, false},
};

/* Rows that the duty handled; -1 when the database did not do it. */
static int64_t run_duty(struct db_sync *db, const struct duty *duty)
{
    struct db_parameters parameters;
    const struct db_result *result;
    db_parameters_start(&parameters);
    db_add_i64(&parameters, duty->argument);
    if (db_sync_run(db, duty->statement, &parameters, &result) == DB_DONE)
        return db_result_rows(result) == 0 ? 0 : db_result_i64(result, 0, 0);
    char message[256];
    log_event(LOG_LEVEL_WARN, "housekeeping_failed", "\"duty\":\"%s\",\"reason\":%s",
              statement_row(duty->statement)->name, log_quote(message, sizeof(message), slice_of(db_sync_message(db))));
    return -1;
}

static bool run_round(struct db_sync *db, const struct settings *settings)
{
    for (size_t i = 0; i < sizeof(duties) / sizeof(duties[0]); ++i) {
        for (int batch = 0; batch < BATCHES_PER_ROUND; ++batch) {
            int64_t done = run_duty(db, &duties[i]);
            if (done < 0)
                return false;
            if (!duties[i].repeat || done < duties[i].argument)
                break;
        }
    }
    return key_rotation_by_age(db, settings);
}

/* True when it is time to stop. */
static bool rest(struct housekeeping *housekeeping)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ROUND_SECONDS;
    pthread_mutex_lock(&housekeeping->lock);
    while (!housekeeping->stop && pthread_cond_timedwait(&housekeeping->wake, &housekeeping->lock, &until) != ETIMEDOUT)
        ;
    bool stop = housekeeping->stop;
    pthread_mutex_unlock(&housekeeping->lock);
    return stop;
}

static void *keep_house(void *argument)
{
    struct housekeeping *housekeeping = argument;
    struct db_sync *db = NULL;
    do {
        char *message = NULL;
        if (db == NULL)
            db = db_sync_open(housekeeping->settings->database, &message);
        if (db != NULL && !(actor_is_server(db) && run_round(db, housekeeping->settings))) {
            db_sync_close(db); /* a connection that failed is made anew in the next round */
            db = NULL;
        }
        free(message);
    } while (!rest(housekeeping));
    if (db != NULL)
        db_sync_close(db);
    return NULL;
}

struct housekeeping *housekeeping_start(const struct settings *settings)
{
    struct housekeeping *housekeeping = calloc(1, sizeof(*housekeeping));
    if (housekeeping == NULL)
        abort();
    housekeeping->settings = settings;
    pthread_mutex_init(&housekeeping->lock, NULL);
    pthread_condattr_t monotonic; /* a wall clock that jumps must not stop the rounds */
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&housekeeping->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    if (pthread_create(&housekeeping->thread, NULL, keep_house, housekeeping) != 0)
        abort();
    return housekeeping;
}

void housekeeping_stop(struct housekeeping *housekeeping)
{
    pthread_mutex_lock(&housekeeping->lock);
    housekeeping->stop = true;
    pthread_cond_signal(&housekeeping->wake);
    pthread_mutex_unlock(&housekeeping->lock);
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += STOP_SECONDS;
    if (pthread_clockjoin_np(housekeeping->thread, NULL, CLOCK_MONOTONIC, &until) != 0) {
        log_event(LOG_LEVEL_WARN, "housekeeping_left", NULL); /* it ends with the process; its transaction rolls back */
        return;
    }
    pthread_cond_destroy(&housekeeping->wake);
    pthread_mutex_destroy(&housekeeping->lock);
    free(housekeeping);
}
