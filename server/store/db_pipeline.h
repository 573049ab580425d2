/* SPDX-License-Identifier: Apache-2.0 */
/* What is in flight on one connection in pipeline mode: which result belongs to which statement, and when it is final.
 * Statements go out in batches, each ended by a sync; a batch is one transaction. Inside server/store only. */
#ifndef HALLMARK_STORE_DB_PIPELINE_H
#define HALLMARK_STORE_DB_PIPELINE_H

#include "store/db.h"
#include "store/db_parameters.h"
#include <libpq-fe.h>

/* One statement on its way there and back, embedded in what its owner makes of it. */
struct db_flight {
    h2o_linklist_t link; /* the pipeline's while in flight; the owner's otherwise */
    int64_t deadline_ms; /* clock_monotonic_ms; set by the owner */
    PGresult *result;    /* the pipeline's */
    bool ends_batch;     /* a sync was sent right behind it */
};

enum db_landing {
    DB_LANDING_ANSWERED, /* its result is final: the sync came, or it is an error, which needs none */
    DB_LANDING_ABORTED,  /* not run, since one before it in its batch failed */
    DB_LANDING_LOST,     /* nobody knows */
};

/* The flight is the owner's again; `result` is NULL when it was lost or aborted, and valid inside only. */
typedef void db_landed_cb(struct db_flight *flight, enum db_landing landing, const PGresult *result, void *cookie);

struct db_pipeline {
    h2o_linklist_t sent; /* results are to come, in this order */
    h2o_linklist_t held; /* results are there and wait for the sync of their batch */
    unsigned in_flight;  /* both */
    unsigned unsynced;   /* sent behind the last sync */
    bool sync_due;       /* the last of `held` ends its batch: what comes next belongs to the sync */
    db_landed_cb *landed;
    void *cookie;
};

void db_pipeline_start(struct db_pipeline *pipeline, db_landed_cb *landed, void *cookie);

/* Both false: libpq could not take it; then the connection is done for. */
__attribute__((warn_unused_result)) bool db_pipeline_send(struct db_pipeline *pipeline, PGconn *libpq,
                                                          struct db_flight *flight, enum statement statement,
                                                          const struct db_parameters_copy *parameters);
__attribute__((warn_unused_result)) bool db_pipeline_sync(struct db_pipeline *pipeline, PGconn *libpq);

/* The next of PQgetResult, in the words of libpq: a result (taken over), NULL, PGRES_PIPELINE_SYNC. db_pipeline_take
 * returns false when the backend ends with this result. db_pipeline_end_batch lands what was held. */
__attribute__((warn_unused_result)) bool db_pipeline_take(struct db_pipeline *pipeline, PGresult *result);
void db_pipeline_end_statement(struct db_pipeline *pipeline);
void db_pipeline_end_batch(struct db_pipeline *pipeline);

/* The connection is gone: everything in flight lands. */
void db_pipeline_lose(struct db_pipeline *pipeline);

/* Some deadline has passed. */
bool db_pipeline_is_late(const struct db_pipeline *pipeline, int64_t now_ms);

#endif
