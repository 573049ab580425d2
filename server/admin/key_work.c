/* SPDX-License-Identifier: Apache-2.0 */
#include "admin/key_work.h"

#include "admin/asked.h"
#include "http/reply.h"
#include "http/work_pool.h"
#include "token/key_make.h"

struct key_work {
    struct work work;
    struct ask *ask;
    void (*next)(struct ask *ask);
    enum token_algorithm algorithm;
    uint8_t master_key[DIGEST_BYTES];
    h2o_mem_pool_t pool;
    struct made_key made;
    bool is_made;
};

static void run(struct work *work)
{
    struct key_work *job = (struct key_work *)work;
    job->is_made = key_make(&job->pool, job->algorithm, job->master_key, &job->made);
}

static void done(struct work *work)
{
    struct key_work *job = (struct key_work *)work;
    struct ask *ask = job->ask;
    struct asked *asked = ask->request;
    ask->work = NULL;
    if (!job->is_made) {
        reply_error(ask->call, ERR_INTERNAL, SLICE_NONE);
        return;
    }
    db_add_text(&asked->parameters, slice_of(job->made.kid));
    db_add_bytes(&asked->parameters, job->made.public_der);
    db_add_bytes(&asked->parameters, job->made.sealed);
    job->next(ask);
}

static void dispose(struct work *work)
{
    struct key_work *job = (struct key_work *)work;
    secret_wipe(job->master_key, sizeof(job->master_key));
    h2o_mem_clear_pool(&job->pool);
}

void key_work_start(struct ask *ask, void (*next)(struct ask *ask))
{
    const struct asked *asked = ask->request;
    struct worker *worker = ask->call->worker;
    struct key_work *job = h2o_mem_alloc(sizeof(*job));
    *job = (struct key_work){.work = {.run = run, .done = done, .dispose = dispose},
                             .ask = ask,
                             .next = next,
                             .algorithm = asked->algorithm};
    memcpy(job->master_key, worker->settings->master_key, sizeof(job->master_key));
    h2o_mem_init_pool(&job->pool);
    ask->work = &job->work;
    if (work_start(worker, &job->work))
        return;
    ask->work = NULL;
    reply_error(ask->call, ERR_OVERLOADED, SLICE_NONE);
}
