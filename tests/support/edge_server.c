/* SPDX-License-Identifier: Apache-2.0 */
/* A server that is nothing but the HTTP edge: real listeners, threads, TLS and router over a few routes, and no
 * database. tests/e2e/test_http_edge.py sends it what a hostile client would.
 *
 *     edge_server [--listen ADDRESS] [--operations-listen ADDRESS] [--tls-cert FILE --tls-key FILE] [--threads NUMBER]
 *                 [--connections-max NUMBER] [--behind-proxy] [--trusted-proxy CIDRS]
 *
 * Once it listens it prints "listening PORT OPERATIONS_PORT" among the lines of its log. SIGHUP reloads the
 * certificate, SIGTERM drains. */
#include "http/reply.h"
#include "http/server.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#define BIG_BYTES (8 * 1024 * 1024)

/* --- routes ---------------------------------------------------------------------------------------------------------
 */

static void hello(struct call *call)
{
    reply_json(call, 200, SLICE("{\"hello\":true}"));
}

static void echo_length(struct call *call)
{
    reply_json(call, 200, slice_format(call->pool, "{\"bytes\":%zu}", call->body.len));
}

static void echo_address(struct call *call)
{
    char text[LIMIT_ADDRESS_BYTES_MAX];
    address_text(&call->address, text);
    reply_json(call, 200, slice_format(call->pool, "{\"address\":\"%s\"}", text));
}

static void document(struct call *call)
{
    reply_document(call, SLICE("application/json"), SLICE("{\"a\":\"document\"}"), 300);
}

static void big(struct call *call)
{
    static char bytes[BIG_BYTES];
    memset(bytes, ' ', sizeof(bytes));
    reply_json(call, 200, (h2o_iovec_t){bytes, sizeof(bytes)});
}

static void never(struct call *call)
{
    (void)call;
}

struct slow {
    h2o_timeout_entry_t entry;
    struct call *call;
};

static void slow_over(h2o_timeout_entry_t *entry)
{
    struct slow *slow = H2O_STRUCT_FROM_MEMBER(struct slow, entry, entry);
    reply_json(slow->call, 200, SLICE("{\"slow\":true}"));
}

static void slow_gone(void *cookie)
{
    h2o_timeout_unlink(&((struct slow *)cookie)->entry);
}

/* Answers a second later. */
static void slow_start(struct call *call)
{
    struct slow *slow = h2o_mem_alloc_pool(call->pool, sizeof(*slow));
    *slow = (struct slow){.entry = {.cb = slow_over}, .call = call};
    call_on_gone(call, slow_gone, slow);
    h2o_timeout_link(call->worker->ctx.loop, &call->worker->ctx.one_sec_timeout, &slow->entry);
}

static void metrics(struct call *call)
{
    long long open = 0, pauses = 0;
    for (unsigned i = 0; i < call->worker->all_count; ++i) {
        const struct worker_counters *counters = &call->worker->all[i]->counters;
        open += atomic_load_explicit(&counters->connections_open, memory_order_relaxed);
        pauses += (long long)atomic_load_explicit(&counters->connections_refused, memory_order_relaxed);
    }
    reply_text(call, 200, SLICE("text/plain; version=0.0.4"),
               slice_format(call->pool, "connections %lld\npauses %lld\n", open, pauses));
}

#define GET  METHOD_BIT(METHOD_GET)
#define POST METHOD_BIT(METHOD_POST)
#define PUT  METHOD_BIT(METHOD_PUT)

static const struct route rows[] = {
    {SLICE("/hello"), GET, ROUTE_PROBLEM, ROUTE_MEDIA_NONE, ROUTE_WITHOUT_POLICY, 0, hello},
    {SLICE("/address"), GET, ROUTE_PROBLEM, ROUTE_MEDIA_NONE, ROUTE_WITHOUT_POLICY, 0, echo_address},
    {SLICE("/echo"), POST | PUT, ROUTE_PROBLEM, ROUTE_MEDIA_ANY, ROUTE_WITHOUT_POLICY, LIMIT_RECORD_BYTES_MAX,
     echo_length},
    {SLICE("/form"), POST, ROUTE_OAUTH, ROUTE_MEDIA_FORM, ROUTE_WITHOUT_POLICY | ROUTE_CORS, LIMIT_FORM_BYTES_MAX,
     echo_length},
    {SLICE("/document"), GET, ROUTE_PROBLEM, ROUTE_MEDIA_NONE, ROUTE_WITHOUT_POLICY | ROUTE_CORS, 0, document},
    {SLICE("/big"), GET, ROUTE_PROBLEM, ROUTE_MEDIA_NONE, ROUTE_WITHOUT_POLICY, 0, big},
    {SLICE("/slow"), GET, ROUTE_PROBLEM, ROUTE_MEDIA_NONE, ROUTE_WITHOUT_POLICY, 0, slow_start},
    {SLICE("/never"), GET, ROUTE_PROBLEM, ROUTE_MEDIA_NONE, ROUTE_WITHOUT_POLICY, 0, never},
    {SLICE("/needs-policy"), GET, ROUTE_PROBLEM, ROUTE_MEDIA_NONE, 0, 0, hello},
};

static const struct route operations_rows[] = {
    {SLICE("/metrics"), GET, ROUTE_PROBLEM, ROUTE_MEDIA_NONE, ROUTE_WITHOUT_POLICY, 0, metrics},
};

static const struct routes routes = {
    .rows = rows,
    .count = sizeof(rows) / sizeof(rows[0]),
    .operations = operations_rows,
    .operations_count = sizeof(operations_rows) / sizeof(operations_rows[0]),
};

/* --- life -----------------------------------------------------------------------------------------------------------
 */

static const struct option options[] = {
    {"listen", required_argument, NULL, 'l'},
    {"operations-listen", required_argument, NULL, 'o'},
    {"tls-cert", required_argument, NULL, 'c'},
    {"tls-key", required_argument, NULL, 'k'},
    {"threads", required_argument, NULL, 't'},
    {"connections-max", required_argument, NULL, 'm'},
    {"behind-proxy", no_argument, NULL, 'b'},
    {"trusted-proxy", required_argument, NULL, 'p'},
    {NULL, 0, NULL, 0},
};

static void read_option(struct settings *settings, int option)
{
    switch (option) {
    case 'l':
        settings->listen = optarg;
        break;
    case 'o':
        settings->operations_listen = optarg;
        break;
    case 'c':
        settings->tls_certificate = optarg;
        break;
    case 'k':
        settings->tls_key = optarg;
        break;
    case 't':
        settings->threads = (unsigned)strtoul(optarg, NULL, 10);
        break;
    case 'm':
        settings->connections_max = (unsigned)strtoul(optarg, NULL, 10);
        break;
    case 'b':
        settings->behind_proxy = true;
        break;
    case 'p':
        if (cidr_list_parse(slice_of(optarg), &settings->trusted_proxies))
            break;
        /* fall through */
    default:
        exit(2);
    }
}

static void run_until_told(struct server *server)
{
    sigset_t signals;
    int signal_number;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGHUP);
    while (sigwait(&signals, &signal_number) == 0 && signal_number == SIGHUP) {
        char *message = NULL;
        bool is_reloaded = server_reload(server, &message);
        log_event(LOG_LEVEL_INFO, is_reloaded ? "reloaded" : "not_reloaded", NULL);
        free(message);
    }
    server_stop(server);
}

int main(int argc, char **argv)
{
    struct settings settings = {
        .database = "host=/nonexistent",
        .issuer = SLICE("https://id.example"),
        .listen = "127.0.0.1:0",
        .operations_listen = "127.0.0.1:0",
        .threads = 2,
        .db_connections = 20,
        .cache_megabytes = 1,
        .log_level = LOG_LEVEL_INFO,
    };
    char *message = NULL;
    sigset_t signals;
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
        read_option(&settings, option);
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGHUP);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    secret_start();
    log_start(1, settings.log_level);
    struct server *server = server_start(&settings, &routes, (struct server_hooks){0}, &message);
    if (server == NULL) {
        fprintf(stderr, "%s\n", message);
        free(message);
        log_stop();
        cidr_list_free(&settings.trusted_proxies);
        return 1;
    }
    printf("listening %u %u\n", server_port(server), server_operations_port(server));
    fflush(stdout);
    run_until_told(server);
    log_stop();
    cidr_list_free(&settings.trusted_proxies);
    return 0;
}
