/* SPDX-License-Identifier: Apache-2.0 */
#include "minimal.h"

#include <fcntl.h>
#include <libpq-fe.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>

#define ARGUMENTS_MAX   40
#define CONNECTIONS_MAX 64
#define WAITING_MAX     4096
#define SALT_BYTES      16
#define DIGEST_BYTES    32
#define RECORDS         1000

struct lane { /* one connection and the requests it owes an answer, oldest first */
    PGconn *connection;
    h2o_socket_t *watcher;
    h2o_req_t *owed[WAITING_MAX];
    size_t first, count;
    int unsynced;
};

static struct lane lanes[CONNECTIONS_MAX];
static size_t lane_count;
static h2o_req_t *waiting[WAITING_MAX];
static size_t waiting_first, waiting_count;
static char **arguments;
static int argument_count;
static h2o_timeout_t soon;
static h2o_timeout_entry_t sync_entry;
static h2o_loop_t *loop_of_all;

static void die(PGconn *connection, const char *what)
{
    fprintf(stderr, "%s: %s", what, PQerrorMessage(connection));
    exit(1);
}

static char *read_file(const char *path)
{
    static char text[65536];
    FILE *file = fopen(path, "r");
    if (file == NULL)
        exit(1);
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    fclose(file);
    return text;
}

static void open_lane(struct lane *lane, const char *conninfo, const char *sql, h2o_socket_cb on_readable)
{
    lane->connection = PQconnectdb(conninfo);
    if (PQstatus(lane->connection) != CONNECTION_OK)
        die(lane->connection, "connect");
    PGresult *result = PQprepare(lane->connection, "statement", sql, argument_count, NULL);
    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        die(lane->connection, "prepare");
    PQclear(result);
    PQsetnonblocking(lane->connection, 1);
    PQenterPipelineMode(lane->connection);
    lane->watcher = h2o_evloop_socket_create(loop_of_all, fcntl(PQsocket(lane->connection), F_DUPFD_CLOEXEC, 3),
                                             H2O_SOCKET_FLAG_DONT_READ);
    lane->watcher->data = lane;
    h2o_socket_read_start(lane->watcher, on_readable);
}

/* Random bytes, or those that stand in the next line of the argument's file. */
static void take_digest(int argument, unsigned char out[DIGEST_BYTES])
{
    static FILE *files[ARGUMENTS_MAX];
    char line[2 * DIGEST_BYTES + 2];
    if (arguments[argument][1] == 'r') {
        RAND_bytes(out, DIGEST_BYTES);
        return;
    }
    if (files[argument] == NULL)
        files[argument] = fopen(arguments[argument] + strlen("@line+"), "r");
    if (files[argument] == NULL || fgets(line, sizeof(line), files[argument]) == NULL) {
        fprintf(stderr, "%s: no more lines\n", arguments[argument]);
        exit(1);
    }
    for (int i = 0; i < DIGEST_BYTES; ++i) {
        const char hex[3] = {line[2 * i], line[2 * i + 1], '\0'};
        out[i] = (unsigned char)strtoul(hex, NULL, 16);
    }
}

static void send_statement(struct lane *lane, h2o_req_t *req)
{
    const char *values[ARGUMENTS_MAX];
    int lengths[ARGUMENTS_MAX], formats[ARGUMENTS_MAX];
    static unsigned char salts[ARGUMENTS_MAX][SALT_BYTES], digests[ARGUMENTS_MAX][DIGEST_BYTES];
    static char uuid[37], record[24];
    unsigned char random[SALT_BYTES];
    for (int i = 0; i < argument_count; ++i) {
        values[i] = arguments[i];
        lengths[i] = (int)strlen(arguments[i]);
        formats[i] = 0;
        if (strcmp(arguments[i], "NULL") == 0) {
            values[i] = NULL;
        } else if (strcmp(arguments[i], "@random16") == 0) {
            RAND_bytes(salts[i], SALT_BYTES);
            values[i] = (char *)salts[i];
            lengths[i] = SALT_BYTES;
            formats[i] = 1;
        } else if (strcmp(arguments[i], "@uuid") == 0) {
            RAND_bytes(random, sizeof(random));
            snprintf(uuid, sizeof(uuid), "%02x%02x%02x%02x-%02x%02x-7%02x0-a%02x0-%02x%02x%02x%02x%02x%02x", random[0],
                     random[1], random[2], random[3], random[4], random[5], random[6], random[7], random[8], random[9],
                     random[10], random[11], random[12], random[13]);
            uuid[17] = '0';
            values[i] = uuid;
        } else if (strncmp(arguments[i], "@record+", 8) == 0) {
            RAND_bytes(random, 2);
            snprintf(record, sizeof(record), "%ld", atol(arguments[i] + 8) + (random[0] | random[1] << 8) % RECORDS);
            values[i] = record;
        } else if (strcmp(arguments[i], "@random32") == 0 || strncmp(arguments[i], "@line+", 6) == 0) {
            take_digest(i, digests[i]);
            values[i] = (char *)digests[i];
            lengths[i] = DIGEST_BYTES;
            formats[i] = 1;
        }
    }
    if (!PQsendQueryPrepared(lane->connection, "statement", argument_count, values, lengths, formats, 0))
        die(lane->connection, "send");
    lane->owed[(lane->first + lane->count++) % WAITING_MAX] = req;
}

/* True when an answer came that ends a request. */
static void take_results(struct lane *lane)
{
    PQconsumeInput(lane->connection);
    while (lane->count > 0 && !PQisBusy(lane->connection)) {
        PGresult *result = PQgetResult(lane->connection);
        if (result == NULL)
            continue;
        ExecStatusType status = PQresultStatus(result);
        if (status == PGRES_TUPLES_OK) {
            h2o_req_t *req = lane->owed[lane->first];
            lane->first = (lane->first + 1) % WAITING_MAX;
            --lane->count;
            minimal_answer(req, PQgetvalue(result, 0, PQnfields(result) - 1),
                           (size_t)PQgetlength(result, 0, PQnfields(result) - 1));
        } else if (status != PGRES_PIPELINE_SYNC) {
            die(lane->connection, "result");
        }
        PQclear(result);
    }
    while (!PQisBusy(lane->connection)) { /* the sync behind the last answer */
        PGresult *result = PQgetResult(lane->connection);
        if (result == NULL)
            break;
        PQclear(result);
    }
    PQflush(lane->connection);
}

static void on_select_readable(h2o_socket_t *watcher, const char *error)
{
    if (error == NULL)
        take_results(watcher->data);
}

static void on_sync(h2o_timeout_entry_t *entry)
{
    (void)entry;
    PQpipelineSync(lanes[0].connection);
    PQflush(lanes[0].connection);
}

void minimal_select_start(h2o_loop_t *loop, char **words, int count)
{
    loop_of_all = loop;
    arguments = words + 2;
    argument_count = count - 2;
    lane_count = 1;
    h2o_timeout_init(loop, &soon, 0);
    sync_entry.cb = on_sync;
    open_lane(&lanes[0], words[0], read_file(words[1]), on_select_readable);
}

int minimal_on_select(h2o_handler_t *self, h2o_req_t *req)
{
    (void)self;
    send_statement(&lanes[0], req);
    if (!h2o_timeout_is_linked(&sync_entry))
        h2o_timeout_link(loop_of_all, &soon, &sync_entry);
    return 0;
}

static void start_write(struct lane *lane, h2o_req_t *req)
{
    send_statement(lane, req);
    PQpipelineSync(lane->connection);
    PQflush(lane->connection);
}

static void on_write_readable(h2o_socket_t *watcher, const char *error)
{
    struct lane *lane = watcher->data;
    if (error != NULL)
        return;
    take_results(lane);
    if (lane->count == 0 && waiting_count > 0) {
        h2o_req_t *req = waiting[waiting_first];
        waiting_first = (waiting_first + 1) % WAITING_MAX;
        --waiting_count;
        start_write(lane, req);
    }
}

void minimal_write_start(h2o_loop_t *loop, char **words, int count)
{
    loop_of_all = loop;
    arguments = words + 3;
    argument_count = count - 3;
    lane_count = (size_t)atoi(words[2]);
    char *sql = read_file(words[1]);
    for (size_t i = 0; i < lane_count; ++i)
        open_lane(&lanes[i], words[0], sql, on_write_readable);
}

int minimal_on_write(h2o_handler_t *self, h2o_req_t *req)
{
    (void)self;
    for (size_t i = 0; i < lane_count; ++i) {
        if (lanes[i].count == 0) {
            start_write(&lanes[i], req);
            return 0;
        }
    }
    waiting[(waiting_first + waiting_count++) % WAITING_MAX] = req;
    return 0;
}
