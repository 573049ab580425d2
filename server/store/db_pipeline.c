/* SPDX-License-Identifier: Apache-2.0 */
#include "store/db_pipeline.h"

#include "store/db_result.h"

#include <assert.h>

static struct db_flight *flight_of(h2o_linklist_t *link)
{
    return H2O_STRUCT_FROM_MEMBER(struct db_flight, link, link);
}

void db_pipeline_start(struct db_pipeline *pipeline, db_landed_cb *landed, void *cookie)
{
    *pipeline = (struct db_pipeline){.landed = landed, .cookie = cookie};
    h2o_linklist_init_anchor(&pipeline->sent);
    h2o_linklist_init_anchor(&pipeline->held);
}

static bool send_statement(PGconn *libpq, enum statement statement, const struct db_parameters_copy *parameters)
{
    const struct statement_row *row = statement_row(statement);
    if (statement_is_prepared(statement))
        return PQsendQueryPrepared(libpq, row->name, parameters->count, parameters->values, parameters->lengths,
                                   parameters->formats, 0) == 1;
    return PQsendQueryParams(libpq, row->sql, parameters->count, NULL, parameters->values, parameters->lengths,
                             parameters->formats, 0) == 1;
}

bool db_pipeline_send(struct db_pipeline *pipeline, PGconn *libpq, struct db_flight *flight, enum statement statement,
                      const struct db_parameters_copy *parameters)
{
    if (!send_statement(libpq, statement, parameters))
        return false;
    flight->result = NULL;
    flight->ends_batch = false;
    h2o_linklist_insert(&pipeline->sent, &flight->link);
    ++pipeline->in_flight;
    ++pipeline->unsynced;
    return true;
}

bool db_pipeline_sync(struct db_pipeline *pipeline, PGconn *libpq)
{
    if (pipeline->unsynced == 0)
        return true;
    pipeline->unsynced = 0;
    flight_of(pipeline->sent.prev)->ends_batch = true;
    return PQpipelineSync(libpq) == 1;
}

/* Whose result comes next. Behind the last result of a batch an error can still come with the sync: then the commit
 * failed. */
static struct db_flight *receiver(struct db_pipeline *pipeline)
{
    if (pipeline->sync_due)
        return flight_of(pipeline->held.prev);
    return h2o_linklist_is_empty(&pipeline->sent) ? NULL : flight_of(pipeline->sent.next);
}

bool db_pipeline_take(struct db_pipeline *pipeline, PGresult *result)
{
    assert(pipeline->unsynced == 0); /* else the end of a batch could not be told */
    struct db_flight *flight = receiver(pipeline);
    bool backend_ends = db_result_is_fatal(result);
    /* A backend that ends between a statement and its sync may have committed or not: the first result stays, and means
     * nothing. */
    if (flight == NULL || (backend_ends && flight->result != NULL)) {
        PQclear(result);
        return false;
    }
    PQclear(flight->result);
    flight->result = result;
    return !backend_ends;
}

void db_pipeline_end_statement(struct db_pipeline *pipeline)
{
    if (pipeline->sync_due || h2o_linklist_is_empty(&pipeline->sent))
        return;
    struct db_flight *flight = flight_of(pipeline->sent.next);
    h2o_linklist_unlink(&flight->link);
    h2o_linklist_insert(&pipeline->held, &flight->link);
    pipeline->sync_due = flight->ends_batch;
}

/* Lands the first of a list. */
static void land(struct db_pipeline *pipeline, h2o_linklist_t *list, enum db_landing (*landing_of)(const PGresult *))
{
    struct db_flight *flight = flight_of(list->next);
    h2o_linklist_unlink(&flight->link);
    --pipeline->in_flight;
    PGresult *result = flight->result;
    enum db_landing landing = landing_of(result);
    pipeline->landed(flight, landing, landing == DB_LANDING_ANSWERED ? result : NULL, pipeline->cookie);
    PQclear(result);
}

static enum db_landing landing_with_sync(const PGresult *result)
{
    return PQresultStatus(result) == PGRES_PIPELINE_ABORTED ? DB_LANDING_ABORTED : DB_LANDING_ANSWERED;
}

void db_pipeline_end_batch(struct db_pipeline *pipeline)
{
    pipeline->sync_due = false;
    while (!h2o_linklist_is_empty(&pipeline->held))
        land(pipeline, &pipeline->held, landing_with_sync);
}

/* An error of the database is final without its sync, since its transaction cannot have been committed. */
static enum db_landing landing_without_sync(const PGresult *result)
{
    if (result == NULL || PQresultStatus(result) == PGRES_PIPELINE_ABORTED)
        return DB_LANDING_LOST;
    enum db_outcome outcome = db_result_outcome(result);
    return outcome == DB_BUSY || outcome == DB_REFUSED ? DB_LANDING_ANSWERED : DB_LANDING_LOST;
}

void db_pipeline_lose(struct db_pipeline *pipeline)
{
    pipeline->unsynced = 0;
    pipeline->sync_due = false;
    h2o_linklist_insert_list(&pipeline->held, &pipeline->sent);
    while (!h2o_linklist_is_empty(&pipeline->held))
        land(pipeline, &pipeline->held, landing_without_sync);
    assert(pipeline->in_flight == 0);
}

static bool list_is_late(const h2o_linklist_t *list, int64_t now_ms)
{
    for (h2o_linklist_t *link = list->next; link != list; link = link->next) {
        if (flight_of(link)->deadline_ms <= now_ms)
            return true;
    }
    return false;
}

bool db_pipeline_is_late(const struct db_pipeline *pipeline, int64_t now_ms)
{
    return list_is_late(&pipeline->held, now_ms) || list_is_late(&pipeline->sent, now_ms);
}
