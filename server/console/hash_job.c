/* SPDX-License-Identifier: Apache-2.0 */
#include "console/hash_job.h"

#include "client/password.h"

#include <stdlib.h>

struct hash_job {
    struct work work;
    hash_checked_cb *callback;
    void *cookie;
    struct secret password;
    bool is_new; /* to be hashed, not checked */
    bool has_hash, is_right, is_rehashed;
    char hash[PASSWORD_HASH_BYTES], fresh[PASSWORD_HASH_BYTES];
};

static void run(struct work *work)
{
    struct hash_job *job = (struct hash_job *)work;
    h2o_iovec_t password = {job->password.base, job->password.len};
    if (job->is_new) {
        job->is_right = job->is_rehashed = password_hash(password, job->fresh);
        return;
    }
    job->is_right = password_is_right(password, job->has_hash ? job->hash : NULL);
    if (job->is_right && password_is_old(job->hash))
        job->is_rehashed = password_hash(password, job->fresh);
}

static void done(struct work *work)
{
    struct hash_job *job = (struct hash_job *)work;
    job->callback(job->is_right, job->is_rehashed ? job->fresh : NULL, job->cookie);
}

static void dispose(struct work *work)
{
    struct hash_job *job = (struct hash_job *)work;
    secret_wipe(job->password.base, job->password.len);
    free(job->password.base);
    secret_wipe(job->hash, sizeof(job->hash));
    secret_wipe(job->fresh, sizeof(job->fresh));
}

static struct hash_job *job_of(h2o_iovec_t password, hash_checked_cb *callback, void *cookie)
{
    struct hash_job *job = h2o_mem_alloc(sizeof(*job));
    *job = (struct hash_job){
        .work = {.run = run, .done = done, .dispose = dispose}, .callback = callback, .cookie = cookie};
    job->password = (struct secret){h2o_mem_alloc(password.len + 1), password.len};
    memcpy(job->password.base, password.base, password.len);
    return job;
}

struct hash_job *hash_job_check(struct worker *worker, h2o_iovec_t password, h2o_iovec_t hash,
                                hash_checked_cb *callback, void *cookie)
{
    struct hash_job *job = job_of(password, callback, cookie);
    job->has_hash = hash.base != NULL && hash.len < sizeof(job->hash);
    if (job->has_hash)
        memcpy(job->hash, hash.base, hash.len);
    return work_start(worker, &job->work) ? job : NULL;
}

struct hash_job *hash_job_make(struct worker *worker, h2o_iovec_t password, hash_checked_cb *callback, void *cookie)
{
    struct hash_job *job = job_of(password, callback, cookie);
    job->is_new = true;
    return work_start(worker, &job->work) ? job : NULL;
}

void hash_job_cancel(struct hash_job **job)
{
    if (*job != NULL)
        work_cancel(&(*job)->work);
    *job = NULL;
}
