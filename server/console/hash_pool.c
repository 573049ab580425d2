/* SPDX-License-Identifier: Apache-2.0 */
#include "console/hash_pool.h"

#include "client/password.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define THREAD_NICENESS 10 /* tokens first: they take microseconds */

struct hash_job {
    struct hash_pool *pool;
    struct hash_job *next;
    struct worker *worker;
    hash_checked_cb *callback; /* NULL: cancelled. Of the pool's lock until the job is answered */
    void *cookie;
    struct secret password;
    bool is_new; /* to be hashed, not checked */
    bool has_hash, is_right, is_rehashed;
    char hash[PASSWORD_HASH_BYTES], fresh[PASSWORD_HASH_BYTES];
};

struct hash_pool {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct hash_job *first, **last; /* the queue */
    struct hash_pool_figures figures;
    bool is_stopping;
    unsigned thread_count;
    pthread_t threads[];
};

static struct hash_pool *of_process; /* set before the first request, and read by metrics alone */

static void job_free(struct hash_job *job)
{
    secret_wipe(job->password.base, job->password.len);
    free(job->password.base);
    secret_wipe(job, sizeof(*job));
    free(job);
}

/* --- on the loop -------------------------------------------------------------------------------------------------- */

static struct hash_job *job_of(struct hash_pool *pool, struct worker *worker, h2o_iovec_t password,
                               hash_checked_cb *callback, void *cookie)
{
    struct hash_job *job = h2o_mem_alloc(sizeof(*job));
    *job = (struct hash_job){.pool = pool, .worker = worker, .callback = callback, .cookie = cookie};
    job->password = (struct secret){h2o_mem_alloc(password.len + 1), password.len};
    memcpy(job->password.base, password.base, password.len);
    return job;
}

/* NULL after having freed it: there is no room. */
static struct hash_job *put(struct hash_pool *pool, struct hash_job *job)
{
    pthread_mutex_lock(&pool->lock);
    bool has_room = pool->figures.waiting < LIMIT_PASSWORDS_WAITING;
    if (has_room) {
        *pool->last = job;
        pool->last = &job->next;
        ++pool->figures.waiting;
        pthread_cond_signal(&pool->wake);
    } else {
        ++pool->figures.refused;
    }
    pthread_mutex_unlock(&pool->lock);
    if (has_room)
        return job;
    job_free(job);
    return NULL;
}

struct hash_job *hash_pool_check(struct hash_pool *pool, struct worker *worker, h2o_iovec_t password, h2o_iovec_t hash,
                                 hash_checked_cb *callback, void *cookie)
{
    struct hash_job *job = job_of(pool, worker, password, callback, cookie);
    job->has_hash = hash.base != NULL && hash.len < sizeof(job->hash);
    if (job->has_hash)
        memcpy(job->hash, hash.base, hash.len);
    return put(pool, job);
}

struct hash_job *hash_pool_make(struct hash_pool *pool, struct worker *worker, h2o_iovec_t password,
                                hash_checked_cb *callback, void *cookie)
{
    struct hash_job *job = job_of(pool, worker, password, callback, cookie);
    job->is_new = true;
    return put(pool, job);
}

void hash_job_cancel(struct hash_job **job)
{
    if (*job == NULL)
        return;
    struct hash_pool *pool = (*job)->pool;
    pthread_mutex_lock(&pool->lock);
    (*job)->callback = NULL; /* who has the job frees it: a thread of the pool, or the message that is on its way */
    pthread_mutex_unlock(&pool->lock);
    *job = NULL;
}

static void answer(struct worker *worker, void *argument)
{
    struct hash_job *job = argument;
    (void)worker;
    if (job->callback != NULL)
        job->callback(job->is_right, job->is_rehashed ? job->fresh : NULL, job->cookie);
    job_free(job);
}

/* --- on a thread of the pool -------------------------------------------------------------------------------------- */

/* NULL: it is time to end. */
static struct hash_job *take(struct hash_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    while (pool->first == NULL && !pool->is_stopping)
        pthread_cond_wait(&pool->wake, &pool->lock);
    struct hash_job *job = pool->is_stopping ? NULL : pool->first;
    if (job != NULL) {
        pool->first = job->next;
        if (pool->first == NULL)
            pool->last = &pool->first;
        --pool->figures.waiting;
    }
    pthread_mutex_unlock(&pool->lock);
    return job;
}

static bool is_wanted(struct hash_job *job)
{
    pthread_mutex_lock(&job->pool->lock);
    bool wanted = job->callback != NULL;
    pthread_mutex_unlock(&job->pool->lock);
    return wanted;
}

static void check(struct hash_job *job)
{
    h2o_iovec_t password = {job->password.base, job->password.len};
    if (job->is_new) {
        job->is_right = job->is_rehashed = password_hash(password, job->fresh);
        return;
    }
    job->is_right = password_is_right(password, job->has_hash ? job->hash : NULL);
    if (job->is_right && password_is_old(job->hash))
        job->is_rehashed = password_hash(password, job->fresh);
}

/* Under the lock, so that a job is either cancelled or answered: a cancelled one's loop may be gone. */
static void send_back(struct hash_job *job)
{
    struct hash_pool *pool = job->pool;
    pthread_mutex_lock(&pool->lock);
    ++pool->figures.checked;
    bool wanted = job->callback != NULL;
    if (wanted)
        worker_send(job->worker, answer, job);
    pthread_mutex_unlock(&pool->lock);
    if (!wanted)
        job_free(job);
}

static void *work(void *cookie)
{
    struct hash_pool *pool = cookie;
    struct hash_job *job;
    (void)setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), THREAD_NICENESS);
    while ((job = take(pool)) != NULL) {
        if (is_wanted(job))
            check(job);
        send_back(job);
    }
    return NULL;
}

/* --- life --------------------------------------------------------------------------------------------------------- */

struct hash_pool *hash_pool_start(unsigned threads)
{
    assert(threads > 0);
    struct hash_pool *pool = calloc(1, sizeof(*pool) + threads * sizeof(pool->threads[0]));
    if (pool == NULL)
        abort();
    pool->last = &pool->first;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->wake, NULL);
    for (; pool->thread_count < threads; ++pool->thread_count)
        if (pthread_create(&pool->threads[pool->thread_count], NULL, work, pool) != 0)
            abort();
    of_process = pool;
    return pool;
}

void hash_pool_stop(struct hash_pool *pool)
{
    if (pool == NULL)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->is_stopping = true;
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->lock);
    of_process = NULL;
    for (unsigned i = 0; i < pool->thread_count; ++i)
        pthread_join(pool->threads[i], NULL);
    for (struct hash_job *job = pool->first, *next; job != NULL; job = next) {
        next = job->next;
        job_free(job);
    }
    pthread_cond_destroy(&pool->wake);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}

struct hash_pool_figures hash_pool_figures(struct hash_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    struct hash_pool_figures figures = pool->figures;
    pthread_mutex_unlock(&pool->lock);
    return figures;
}

void hash_pool_metrics(struct text *text)
{
    struct hash_pool_figures figures = hash_pool_figures(of_process);
    text_add_format(text,
                    "# HELP hallmark_passwords_hashed_total Passwords hashed, to be checked or set.\n"
                    "# TYPE hallmark_passwords_hashed_total counter\n"
                    "hallmark_passwords_hashed_total %llu\n"
                    "# HELP hallmark_passwords_refused_total Logins refused because too many passwords waited.\n"
                    "# TYPE hallmark_passwords_refused_total counter\n"
                    "hallmark_passwords_refused_total %llu\n"
                    "# HELP hallmark_passwords_waiting Passwords that wait to be hashed.\n"
                    "# TYPE hallmark_passwords_waiting gauge\n"
                    "hallmark_passwords_waiting %u\n",
                    (unsigned long long)figures.checked, (unsigned long long)figures.refused, figures.waiting);
}
