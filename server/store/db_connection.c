/* SPDX-License-Identifier: Apache-2.0 */
#include "store/db_connection.h"

#include "base/clock.h"
#include "base/log.h"
#include "store/db_result.h"

#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define LOWEST_FREE_FD  3
#define LOG_ERROR_BYTES 512
#define TEXT_OF_(value) #value
#define TEXT_OF(value)  TEXT_OF_(value) /* a macro's value as a literal */

/* jit would compile a list's plan longer than the list takes to read. */
#define SESSION_OPTIONS                                                                                                \
    "-c statement_timeout=" TEXT_OF(LIMIT_DB_CANCEL_MS) " -c idle_in_transaction_session_timeout=" TEXT_OF(            \
        LIMIT_ANSWER_MS) " -c jit=off "

#define BACKEND_SQL                                                                                                    \
    "select pid, (extract(epoch from backend_start) * 1000000)::bigint from pg_stat_activity where pid = "             \
    "pg_backend_pid()"

enum state { DOWN, CONNECTING, SETUP, READY };

struct db_connection {
    struct db_timers *timers;
    const struct db_connection_plan *plan;
    struct db_connection_owner owner;
    enum state state;
    PGconn *libpq;         /* NULL: down */
    h2o_socket_t *watcher; /* on a duplicate of libpq's descriptor; NULL: none */
    struct db_pipeline pipeline;
    struct db_backend backend;
    int64_t retry_at_ms, retry_delay_ms, connect_deadline_ms;
    bool hopeless;       /* the last attempt to connect failed */
    bool wrong_server;   /* it said so: not another batch */
    unsigned first_host; /* where the next attempt begins */
};

static void connection_fail(struct db_connection *connection, const char *why);
static void connection_poll(struct db_connection *connection, PostgresPollingStatusType wish);

/* --- the watcher ------------------------------------------------------------------------------ */

static void connection_unwatch(struct db_connection *connection)
{
    if (connection->watcher == NULL)
        return;
    connection->watcher->_cb.write = NULL; /* h2o would call a pending notification of a closed socket */
    h2o_socket_read_stop(connection->watcher);
    h2o_socket_close(connection->watcher); /* closes the duplicate; libpq keeps its own */
    connection->watcher = NULL;
}

/* h2o closes the descriptor that it watches, and so does libpq: each gets its own. */
static bool connection_watch(struct db_connection *connection)
{
    int fd = fcntl(PQsocket(connection->libpq), F_DUPFD_CLOEXEC, LOWEST_FREE_FD);
    if (fd < 0)
        return false;
    connection->watcher = h2o_evloop_socket_create(connection->timers->loop, fd, H2O_SOCKET_FLAG_DONT_READ);
    connection->watcher->data = connection;
    return true;
}

static void connection_on_writable(h2o_socket_t *watcher, const char *error);

static void connection_flush(struct db_connection *connection)
{
    int left = PQflush(connection->libpq);
    if (left < 0)
        connection_fail(connection, "could not send");
    else if (left > 0 && !h2o_socket_is_writing(connection->watcher))
        h2o_socket_notify_write(connection->watcher, connection_on_writable);
}

static void connection_on_writable(h2o_socket_t *watcher, const char *error)
{
    (void)error; /* libpq will meet it */
    connection_flush(watcher->data);
}

/* --- connecting ------------------------------------------------------------------------------- */

static void connection_start(struct db_connection *connection, int64_t now_ms)
{
    assert(connection->state == DOWN);
    connection->state = CONNECTING;
    connection->connect_deadline_ms = now_ms + LIMIT_DB_CONNECT_MS;
    h2o_mem_pool_t pool;
    h2o_mem_init_pool(&pool);
    h2o_iovec_t options = slice_format(&pool, SESSION_OPTIONS "%s", connection->plan->options);
    connection->libpq = db_conninfo_connect(connection->plan->conninfo, connection->first_host, options.base);
    h2o_mem_clear_pool(&pool);
    if (connection->libpq == NULL || PQstatus(connection->libpq) == CONNECTION_BAD)
        connection_fail(connection, "could not connect");
    else
        connection_poll(connection, PGRES_POLLING_WRITING);
}

static void connection_on_polled(h2o_socket_t *watcher, const char *error)
{
    (void)error; /* libpq will meet it */
    struct db_connection *connection = watcher->data;
    connection_poll(connection, PQconnectPoll(connection->libpq));
}

static void connection_set_up(struct db_connection *connection);

/* libpq may have opened another socket under the same number since the last time: the watcher is always a new one. */
static void connection_poll(struct db_connection *connection, PostgresPollingStatusType wish)
{
    connection_unwatch(connection);
    if (wish == PGRES_POLLING_FAILED) {
        connection_fail(connection, "could not connect");
    } else if (!connection_watch(connection)) {
        connection_fail(connection, "no file descriptor is left");
    } else if (wish == PGRES_POLLING_OK) {
        connection_set_up(connection);
    } else if (wish == PGRES_POLLING_READING) {
        h2o_socket_read_start(connection->watcher, connection_on_polled);
    } else {
        h2o_socket_notify_write(connection->watcher, connection_on_polled);
    }
}

static void connection_ignore_notice(void *cookie, const PGresult *notice)
{
    (void)cookie; /* notices would go to stderr otherwise; what matters comes as an error */
    (void)notice;
}

/* One batch: who the backend is, the statements, the channels. */
static bool connection_send_set_up(struct db_connection *connection)
{
    PGconn *libpq = connection->libpq;
    bool sent = PQsetnonblocking(libpq, 1) == 0 && PQenterPipelineMode(libpq) == 1 &&
                PQsendQueryParams(libpq, BACKEND_SQL, 0, NULL, NULL, NULL, NULL, 0) == 1;
    for (enum statement statement = 0; sent && statement < STATEMENT__MAX; ++statement) {
        const struct statement_row *row = statement_row(statement);
        if (connection->plan->prepares(statement))
            sent = PQsendPrepare(libpq, row->name, row->sql, 0, NULL) == 1;
    }
    for (const char *const *sql = connection->plan->set_up; sent && sql != NULL && *sql != NULL; ++sql)
        sent = PQsendQueryParams(libpq, *sql, 0, NULL, NULL, NULL, NULL, 0) == 1;
    return sent && PQpipelineSync(libpq) == 1;
}

static void connection_on_readable(h2o_socket_t *watcher, const char *error);

static void connection_set_up(struct db_connection *connection)
{
    connection->state = SETUP;
    PQsetNoticeReceiver(connection->libpq, connection_ignore_notice, NULL);
    if (!connection_send_set_up(connection)) {
        connection_fail(connection, "could not set up");
        return;
    }
    h2o_socket_read_start(connection->watcher, connection_on_readable);
    connection_flush(connection);
}

/* --- results ---------------------------------------------------------------------------------- */

static void connection_take_set_up(struct db_connection *connection, PGresult *result)
{
    bool failed = db_result_outcome(result) != DB_DONE;
    if (PQntuples(result) == 1) {
        struct db_result row = db_result_of(result);
        connection->backend = (struct db_backend){db_result_i64(&row, 0, 0), db_result_i64(&row, 0, 1)};
    }
    PQclear(result);
    if (failed)
        connection_fail(connection, "could not set up");
}

static void connection_take(struct db_connection *connection, PGresult *result)
{
    connection->wrong_server |= db_result_is_wrong_server(result);
    if (!db_pipeline_take(&connection->pipeline, result))
        connection_fail(connection, "ended by the database");
}

static void connection_end_batch(struct db_connection *connection)
{
    db_pipeline_end_batch(&connection->pipeline);
    if (connection->wrong_server)
        connection_fail(connection, "the server has become read-only");
}

static void connection_become_ready(struct db_connection *connection)
{
    connection->state = READY;
    connection->hopeless = false;
    connection->retry_delay_ms = LIMIT_DB_RETRY_FIRST_MS;
    log_event(LOG_LEVEL_INFO, "database_connected", "\"lane\":\"%s\",\"backend\":%lld", connection->plan->name,
              (long long)connection->backend.pid);
    connection->owner.ready(connection, connection->owner.cookie);
}

static void connection_take_any(struct db_connection *connection, PGresult *result)
{
    if (PQresultStatus(result) == PGRES_PIPELINE_SYNC) {
        PQclear(result);
        if (connection->state == READY)
            connection_end_batch(connection);
        else
            connection_become_ready(connection);
    } else if (connection->state == READY) {
        connection_take(connection, result);
    } else {
        connection_take_set_up(connection, result);
    }
}

static void connection_drain(struct db_connection *connection)
{
    bool ended = false;
    while (connection->state == SETUP || (connection->state == READY && connection->pipeline.in_flight != 0)) {
        if (PQisBusy(connection->libpq))
            return;
        PGresult *result = PQgetResult(connection->libpq);
        bool ends = result == NULL;
        if (ends && (ended || PQstatus(connection->libpq) == CONNECTION_BAD)) {
            connection_fail(connection, "lost"); /* a dead connection says for ever that a statement has ended */
            return;
        }
        ended = ends;
        if (ends)
            db_pipeline_end_statement(&connection->pipeline);
        else
            connection_take_any(connection, result);
    }
}

static void connection_tell_notifications(struct db_connection *connection)
{
    PGnotify *notification;
    while (connection->state == READY && (notification = PQnotifies(connection->libpq)) != NULL) {
        if (connection->owner.notified != NULL)
            connection->owner.notified(connection, notification->relname, notification->extra,
                                       connection->owner.cookie);
        PQfreemem(notification);
    }
}

static void connection_on_readable(h2o_socket_t *watcher, const char *error)
{
    (void)error; /* libpq will meet it */
    struct db_connection *connection = watcher->data;
    bool alive = PQconsumeInput(connection->libpq) == 1;
    connection_drain(connection); /* what arrived before the end is still valid */
    connection_tell_notifications(connection);
    if (!alive && connection->state != DOWN)
        connection_fail(connection, "lost");
}

/* --- the end of a connection, and its beginning again ----------------------------------------- */

/* Only the first failure of a row of them: a database that is away for an hour is one event. */
static void connection_log_failure(const struct db_connection *connection, const char *why)
{
    char quoted[LOG_ERROR_BYTES];
    const char *message = connection->libpq == NULL ? "" : PQerrorMessage(connection->libpq);
    log_event(connection->hopeless ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARN, "database_connection_failed",
              "\"lane\":\"%s\",\"why\":\"%s\",\"backend\":%lld,\"in_flight\":%u,\"error\":%s", connection->plan->name,
              why, (long long)connection->backend.pid, connection->pipeline.in_flight,
              log_quote(quoted, sizeof(quoted), slice_of(message)));
}

static void connection_close(struct db_connection *connection)
{
    connection_unwatch(connection);
    PQfinish(connection->libpq); /* does not wait: the connection does not block */
    connection->libpq = NULL;
    connection->state = DOWN;
    connection->backend = (struct db_backend){0, 0};
    connection->wrong_server = false;
}

static void connection_fail(struct db_connection *connection, const char *why)
{
    assert(connection->state != DOWN);
    connection_log_failure(connection, why);
    connection->hopeless = connection->state != READY;
    connection_close(connection);
    connection->retry_at_ms = clock_monotonic_ms() + connection->retry_delay_ms;
    connection->retry_delay_ms = connection->retry_delay_ms * 2 < LIMIT_DB_RETRY_LAST_MS
                                     ? connection->retry_delay_ms * 2
                                     : LIMIT_DB_RETRY_LAST_MS;
    connection->owner.down(connection, connection->owner.cookie);
    db_pipeline_lose(&connection->pipeline);
}

void db_connection_drop(struct db_connection *connection, const char *why)
{
    if (connection->state != DOWN)
        connection_fail(connection, why);
}

void db_connection_tick(struct db_connection *connection, int64_t now_ms)
{
    if (connection->state == DOWN && now_ms >= connection->retry_at_ms) {
        connection_start(connection, now_ms);
    } else if (connection->state == READY && db_pipeline_is_late(&connection->pipeline, now_ms)) {
        connection_fail(connection, "a statement took too long");
    } else if ((connection->state == CONNECTING || connection->state == SETUP) &&
               now_ms >= connection->connect_deadline_ms) {
        ++connection->first_host; /* libpq goes on when a host refuses, not when it is silent */
        connection_fail(connection, "connecting took too long");
    }
}

struct db_connection *db_connection_create(struct db_timers *timers, const struct db_connection_plan *plan,
                                           struct db_connection_owner owner)
{
    struct db_connection *connection = h2o_mem_alloc(sizeof(*connection));
    *connection = (struct db_connection){
        .timers = timers, .plan = plan, .owner = owner, .state = DOWN, .retry_delay_ms = LIMIT_DB_RETRY_FIRST_MS};
    db_pipeline_start(&connection->pipeline, owner.landed, owner.cookie);
    return connection;
}

void db_connection_destroy(struct db_connection *connection)
{
    if (connection == NULL)
        return;
    connection_close(connection);
    db_pipeline_lose(&connection->pipeline);
    free(connection);
}

/* --- sending ---------------------------------------------------------------------------------- */

bool db_connection_is_ready(const struct db_connection *connection)
{
    return connection->state == READY;
}

bool db_connection_is_hopeless(const struct db_connection *connection)
{
    return connection->hopeless;
}

unsigned db_connection_in_flight(const struct db_connection *connection)
{
    return connection->pipeline.in_flight;
}

unsigned db_connection_unsynced(const struct db_connection *connection)
{
    return connection->pipeline.unsynced;
}

struct db_backend db_connection_backend(const struct db_connection *connection)
{
    return connection->backend;
}

bool db_connection_send(struct db_connection *connection, struct db_flight *flight, enum statement statement,
                        const struct db_parameters_copy *parameters)
{
    assert(connection->state == READY);
    bool sent = db_pipeline_send(&connection->pipeline, connection->libpq, flight, statement, parameters);
    if (!sent)
        connection_fail(connection, "could not send");
    return sent;
}

void db_connection_sync(struct db_connection *connection)
{
    if (connection->state != READY)
        return;
    if (db_pipeline_sync(&connection->pipeline, connection->libpq))
        connection_flush(connection);
    else
        connection_fail(connection, "could not send");
}
