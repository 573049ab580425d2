/* SPDX-License-Identifier: Apache-2.0 */
#include "http/work_pool.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define THREAD_NICENESS 10

struct work_pool {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct work *first, **last; /* the queue */
    struct work_pool_figures figures;
    bool is_stopping;
    unsigned thread_count;
    pthread_t threads[];
};

static struct work_pool *of_process; /* set before the first request, and read by metrics alone */

static void end(struct work *work)
{
    if (work->dispose != NULL)
        work->dispose(work);
    free(work);
}

/* --- on the loop -------------------------------------------------------------------------------------------------- */

bool work_start(struct worker *worker, struct work *work)
{
    struct work_pool *pool = worker->pool;
    work->pool = pool;
    work->worker = worker;
    work->next = NULL;
    work->is_cancelled = false;
    pthread_mutex_lock(&pool->lock);
    bool has_room = pool->figures.waiting < LIMIT_WORK_WAITING;
    if (has_room) {
        *pool->last = work;
        pool->last = &work->next;
        ++pool->figures.waiting;
        pthread_cond_signal(&pool->wake);
    } else {
        ++pool->figures.refused;
    }
    pthread_mutex_unlock(&pool->lock);
    if (!has_room)
        end(work);
    return has_room;
}

/* Who has the work ends it: a thread of the pool, or the message that is on its way. */
void work_cancel(struct work *work)
{
    struct work_pool *pool = work->pool;
    pthread_mutex_lock(&pool->lock);
    work->is_cancelled = true;
    pthread_mutex_unlock(&pool->lock);
}

static void answer(struct worker *worker, void *argument)
{
    struct work *work = argument;
    (void)worker;
    if (!work->is_cancelled)
        work->done(work);
    end(work);
}

/* --- on a thread of the pool -------------------------------------------------------------------------------------- */

/* NULL: it is time to end. */
static struct work *take(struct work_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    while (pool->first == NULL && !pool->is_stopping)
        pthread_cond_wait(&pool->wake, &pool->lock);
    struct work *work = pool->is_stopping ? NULL : pool->first;
    if (work != NULL) {
        pool->first = work->next;
        if (pool->first == NULL)
            pool->last = &pool->first;
        --pool->figures.waiting;
    }
    pthread_mutex_unlock(&pool->lock);
    return work;
}

static bool is_wanted(struct work *work)
{
    pthread_mutex_lock(&work->pool->lock);
    bool wanted = !work->is_cancelled;
    pthread_mutex_unlock(&work->pool->lock);
    return wanted;
}

/* Under the lock, so that work is either cancelled or answered: a cancelled one's loop may be gone. */
static void send_back(struct work *work)
{
    struct work_pool *pool = work->pool;
    pthread_mutex_lock(&pool->lock);
    ++pool->figures.done;
    bool wanted = !work->is_cancelled;
    if (wanted)
        worker_send(work->worker, answer, work);
    pthread_mutex_unlock(&pool->lock);
    if (!wanted)
        end(work);
}

static void *do_all(void *cookie)
{
    struct work_pool *pool = cookie;
    struct work *work;
    (void)setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), THREAD_NICENESS);
    while ((work = take(pool)) != NULL) {
        if (is_wanted(work))
            work->run(work);
        send_back(work);
    }
    return NULL;
}

/* --- life --------------------------------------------------------------------------------------------------------- */

struct work_pool *work_pool_start(unsigned threads)
{
    assert(threads > 0);
    struct work_pool *pool = calloc(1, sizeof(*pool) + threads * sizeof(pool->threads[0]));
    if (pool == NULL)
        abort();
    pool->last = &pool->first;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->wake, NULL);
    for (; pool->thread_count < threads; ++pool->thread_count)
        if (pthread_create(&pool->threads[pool->thread_count], NULL, do_all, pool) != 0)
            abort();
    of_process = pool;
    return pool;
}

void work_pool_stop(struct work_pool *pool)
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
    for (struct work *work = pool->first, *next; work != NULL; work = next) {
        next = work->next;
        end(work);
    }
    pthread_cond_destroy(&pool->wake);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}

struct work_pool_figures work_pool_figures(struct work_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    struct work_pool_figures figures = pool->figures;
    pthread_mutex_unlock(&pool->lock);
    return figures;
}

void work_pool_metrics(struct text *text)
{
    struct work_pool_figures figures = work_pool_figures(of_process);
    text_add_format(text,
                    "# HELP hallmark_work_done_total Passwords hashed, to be checked or set, and signing keys made.\n"
                    "# TYPE hallmark_work_done_total counter\n"
                    "hallmark_work_done_total %llu\n"
                    "# HELP hallmark_work_refused_total Logins and the like refused because too many waited.\n"
                    "# TYPE hallmark_work_refused_total counter\n"
                    "hallmark_work_refused_total %llu\n"
                    "# HELP hallmark_work_waiting What waits to be hashed or made.\n"
                    "# TYPE hallmark_work_waiting gauge\n"
                    "hallmark_work_waiting %u\n",
                    (unsigned long long)figures.done, (unsigned long long)figures.refused, figures.waiting);
}
