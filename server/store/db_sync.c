/* SPDX-License-Identifier: Apache-2.0 */
#include "store/db_sync.h"

#include "store/db_conninfo.h"
#include "store/db_parameters.h"
#include "store/db_result.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#define MESSAGE_BYTES_MAX 1024

struct db_sync {
    PGconn *libpq;
    PGresult *answer; /* the last one: what the result borrows from */
    struct db_result result;
    char message[MESSAGE_BYTES_MAX];
};

static void ignore_notice(void *cookie, const PGresult *notice)
{
    (void)cookie; /* a migration's "does not exist, skipping" would go to the terminal otherwise */
    (void)notice;
}

struct db_sync *db_sync_open(const char *conninfo, char **message_out)
{
    struct db_conninfo *parsed = db_conninfo_create(conninfo == NULL ? "" : conninfo);
    PGconn *libpq = db_conninfo_connect_blocking(parsed);
    db_conninfo_destroy(parsed);
    assert(libpq != NULL); /* memory is out */
    if (PQstatus(libpq) != CONNECTION_OK) {
        *message_out = strdup(PQerrorMessage(libpq));
        PQfinish(libpq);
        return NULL;
    }
    PQsetNoticeReceiver(libpq, ignore_notice, NULL);
    struct db_sync *db = h2o_mem_alloc(sizeof(*db));
    *db = (struct db_sync){.libpq = libpq};
    return db;
}

void db_sync_close(struct db_sync *db)
{
    if (db == NULL)
        return;
    PQclear(db->answer);
    PQfinish(db->libpq);
    free(db);
}

static enum db_outcome keep(struct db_sync *db, PGresult *answer, const struct db_result **result_out)
{
    PQclear(db->answer);
    db->answer = answer;
    db->result = db_result_of(answer);
    *result_out = &db->result;
    enum db_outcome outcome = db_result_outcome(answer);
    return outcome == DB_BUSY ? DB_REFUSED : outcome; /* nobody waits here for a better moment */
}

enum db_outcome db_sync_run(struct db_sync *db, enum statement statement, const struct db_parameters *parameters,
                            const struct db_result **result_out)
{
    assert(parameters->count == statement_row(statement)->parameters);
    struct db_parameters_copy *copy = db_parameters_copy(parameters);
    PGresult *answer = PQexecParams(db->libpq, statement_row(statement)->sql, copy->count, NULL, copy->values,
                                    copy->lengths, copy->formats, 0);
    free(copy);
    return keep(db, answer, result_out);
}

enum db_outcome db_sync_script(struct db_sync *db, h2o_iovec_t sql, const struct db_result **result_out)
{
    h2o_mem_pool_t pool;
    h2o_mem_init_pool(&pool);
    PGresult *answer =
        PQexec(db->libpq, slice_copy(&pool, sql).base); /* several statements in one message are one transaction */
    h2o_mem_clear_pool(&pool);
    return keep(db, answer, result_out);
}

const char *db_sync_message(struct db_sync *db)
{
    const char *primary = PQresultErrorField(db->answer, PG_DIAG_MESSAGE_PRIMARY);
    const char *hint = PQresultErrorField(db->answer, PG_DIAG_MESSAGE_HINT);
    if (primary == NULL)
        return PQerrorMessage(db->libpq);
    snprintf(db->message, sizeof(db->message), "%s%s%s", primary, hint == NULL ? "" : ". ", hint == NULL ? "" : hint);
    return db->message;
}
