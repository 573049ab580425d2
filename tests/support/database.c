/* SPDX-License-Identifier: Apache-2.0 */
#include "database.h"

#include "check.h"

#include <stdarg.h>
#include <stdlib.h>
#include <time.h>

#define TURN_MS       5
#define SQL_BYTES_MAX 4096

static const char *from_environment(const char *name)
{
    const char *value = getenv(name);
    if (value == NULL)
        fail_msg("%s is not set: this test needs a database", name);
    return value;
}

const char *database_conninfo(void)
{
    return from_environment("HALLMARK_TEST_DATABASE");
}

static PGconn *connect_to(const char *conninfo)
{
    PGconn *connection = PQconnectdb(conninfo);
    if (PQstatus(connection) != CONNECTION_OK)
        fail_msg("no connection to the test database: %s", PQerrorMessage(connection));
    PGresult *quiet = PQexec(connection, "set client_min_messages = warning");
    PQclear(quiet);
    return connection;
}

PGconn *database_owner(void)
{
    return connect_to(from_environment("HALLMARK_OWNER_DATABASE"));
}

static PGresult *run(PGconn *connection, const char *format, va_list arguments)
{
    char sql[SQL_BYTES_MAX];
    assert_in_range(vsnprintf(sql, sizeof(sql), format, arguments), 1, sizeof(sql) - 1);
    PGresult *result = PQexec(connection, sql);
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        fail_msg("%s: %s", sql, PQerrorMessage(connection));
    return result;
}

void database_run(PGconn *connection, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    PQclear(run(connection, format, arguments));
    va_end(arguments);
}

long long database_number(PGconn *connection, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    PGresult *result = run(connection, format, arguments);
    va_end(arguments);
    assert_int_equal(PQntuples(result), 1);
    long long number = atoll(PQgetvalue(result, 0, 0));
    PQclear(result);
    return number;
}

struct relay *database_relay(const char *more, char **conninfo_out)
{
    PGconn *connection = connect_to(database_conninfo());
    struct relay *relay = relay_start(PQhost(connection), PQport(connection));
    *conninfo_out = malloc(SQL_BYTES_MAX);
    snprintf(*conninfo_out, SQL_BYTES_MAX,
             "host=%s port=" RELAY_PORT " user=%s dbname=%s password='%s' sslmode=disable %s", relay_folder(relay),
             PQuser(connection), PQdb(connection), PQpass(connection), more);
    PQfinish(connection);
    return relay;
}

int64_t loop_now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void loop_turn(h2o_loop_t *loop)
{
    h2o_evloop_run(loop, TURN_MS);
}
