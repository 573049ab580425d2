/* SPDX-License-Identifier: Apache-2.0 */
#include "store/db_sync.h"

#include "store/db_result.h"

#include <stdlib.h>
#include <string.h>

/* A migration may take as long as it takes; what stands against a hang is the lock time-out of the statements themselves. */
#define SYNC_CONNECT_SECONDS "5"

struct db_sync {
    PGconn *connection;
    PGresult *answer; /* the last one: what struct db_result borrows from */
    struct db_result result;
};

static void ignore_notice(void *cookie, const char *message)
{
    (void)cookie;
    (void)message;
}

struct db_sync *db_sync_open(const char *conninfo, char **message_out)
{
    const char *keywords[] = {"dbname", "connect_timeout", "application_name", "client_encoding", NULL};
    const char *values[] = {conninfo == NULL ? "" : conninfo, SYNC_CONNECT_SECONDS, "hallmark", "UTF8", NULL};
    PGconn *connection = PQconnectdbParams(keywords, values, 1); /* 1: dbname may be a whole connection string */
    if (PQstatus(connection) != CONNECTION_OK) {
        *message_out = strdup(connection == NULL ? "out of memory" : PQerrorMessage(connection));
        PQfinish(connection);
        return NULL;
    }
    struct db_sync *db = calloc(1, sizeof(*db));
    if (db == NULL)
        abort();
    PQsetNoticeProcessor(connection, ignore_notice, NULL);
    db->connection = connection;
    return db;
}

void db_sync_close(struct db_sync *db)
{
    if (db == NULL)
        return;
    PQclear(db->answer);
    PQfinish(db->connection);
    free(db);
}

static enum db_outcome keep_answer(struct db_sync *db, PGresult *answer, const struct db_result **result_out)
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
    PGresult *answer = PQexecParams(db->connection, statement_row(statement)->sql, parameters->count, NULL,
                                    parameters->values, parameters->lengths, parameters->formats, 0);
    return keep_answer(db, answer, result_out);
}

enum db_outcome db_sync_script(struct db_sync *db, h2o_iovec_t sql, const struct db_result **result_out)
{
    char *text = malloc(sql.len + 1); /* libpq wants a NUL */
    if (text == NULL)
        abort();
    memcpy(text, sql.base, sql.len);
    text[sql.len] = '\0';
    PGresult *answer = PQexec(db->connection, text); /* several statements in one message are one transaction */
    free(text);
    return keep_answer(db, answer, result_out);
}

const char *db_sync_message(const struct db_sync *db)
{
    const char *primary = db->answer == NULL ? NULL : PQresultErrorField(db->answer, PG_DIAG_MESSAGE_PRIMARY);
    return primary != NULL ? primary : PQerrorMessage(db->connection);
}
