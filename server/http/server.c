/* SPDX-License-Identifier: Apache-2.0 */
#include "http/server.h"

#include "http/bind.h"
#include "http/drain.h"
#include "http/listener.h"
#include "http/tls.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#define OPERATIONS_CONNECTIONS_MAX 16 /* of its own, so that metrics can be read when the public listener is full */
#define CONNECTIONS_MIN            16 /* with fewer the server is of no use */
#define DESCRIPTORS_OF_LANE        2  /* libpq's own, and the one that the loop watches */
#define LAST_MESSAGES              2  /* a message on its way at the end, and the one that it sends in turn */

struct thread {
    struct server *server;
    struct worker *worker;
    pthread_t id;
    int fd; /* of the public listener, until the worker owns it */
    bool is_stopping;
};

struct server {
    const struct settings *settings;
    struct server_hooks hooks;
    h2o_globalconf_t conf;
    struct route_hosts hosts;
    struct db_settings lanes;
    struct bind_address address, operations_address;
    int operations_fd;        /* -1: none */
    SSL_CTX *tls;             /* NULL: plain */
    unsigned connections_max; /* of one thread */
    unsigned count;
    struct thread *threads;
    struct worker **workers;
    pthread_barrier_t all_threads; /* the workers' */
    pthread_barrier_t all_started; /* theirs and the starter's */
    atomic_uint drained;
};

__attribute__((format(printf, 2, 3))) static bool fail(char **message_out, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (vasprintf(message_out, format, args) < 0)
        abort();
    va_end(args);
    return false;
}

/* --- a thread's life ------------------------------------------------------------------------------------------------
 */

static void start_listening(struct thread *thread)
{
    struct server *server = thread->server;
    if (server->tls != NULL)
        SSL_CTX_up_ref(server->tls);
    listener_open(thread->worker, &(struct listener_setup){.fd = thread->fd,
                                                           .hosts = server->hosts.public_hosts,
                                                           .tls = server->tls,
                                                           .connections_max = server->connections_max});
    if (thread->worker->index == 0 && server->operations_fd >= 0)
        listener_open(thread->worker, &(struct listener_setup){.fd = server->operations_fd,
                                                               .hosts = server->hosts.operations_hosts,
                                                               .connections_max = OPERATIONS_CONNECTIONS_MAX});
}

static void wake_up(struct worker *worker, void *argument)
{
    (void)worker, (void)argument;
}

/* What one thread's requests use, such as the feed, is another thread's: none of it ends before all have drained. */
static void wait_for_other_drains(struct thread *thread)
{
    struct server *server = thread->server;
    if (atomic_fetch_add(&server->drained, 1) + 1 == server->count)
        for (unsigned i = 0; i < server->count; ++i)
            worker_send(server->workers[i], wake_up, NULL);
    while (atomic_load(&server->drained) < server->count)
        worker_turn(thread->worker);
}

static void run_last_messages(struct thread *thread)
{
    for (int i = 0; i < LAST_MESSAGES; ++i) {
        pthread_barrier_wait(&thread->server->all_threads);
        worker_flush(thread->worker);
    }
    pthread_barrier_wait(&thread->server->all_threads);
}

static void *run_thread(void *cookie)
{
    struct thread *thread = cookie;
    struct server *server = thread->server;
    struct worker *worker = thread->worker;
    worker_open(worker, &server->conf, &server->lanes);
    pthread_barrier_wait(&server->all_threads);
    if (server->hooks.worker_started != NULL)
        server->hooks.worker_started(worker, server->hooks.cookie);
    start_listening(thread);
    pthread_barrier_wait(&server->all_started);
    while (!thread->is_stopping)
        worker_turn(worker);
    bool is_drained = drain_run(worker);
    wait_for_other_drains(thread);
    if (server->hooks.worker_stopping != NULL)
        server->hooks.worker_stopping(worker, server->hooks.cookie);
    run_last_messages(thread);
    if (is_drained) { /* else a connection still points into the context: the process is about to end anyway */
        listener_close(worker);
        worker_close(worker);
    }
    return NULL;
}

/* --- start: what can fail, before any thread -------------------------------------------------------------------------
 */

static bool count_threads(struct server *server, char **message_out)
{
    unsigned needed;
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    server->count = server->settings->threads != 0 ? server->settings->threads : cores > 0 ? (unsigned)cores : 1;
    if (!worker_lanes(server->settings, server->count, &server->lanes, &needed))
        return fail(message_out, "%u database connections are too few for %u threads: at least %u are needed",
                    server->settings->db_connections, server->count, needed);
    return true;
}

/* Below the limit of descriptors by what everything else needs. */
static bool count_connections(struct server *server, char **message_out)
{
    struct rlimit limit;
    unsigned reserve = LIMIT_CONNECTIONS_RESERVE + server->settings->db_connections * DESCRIPTORS_OF_LANE;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur < reserve + CONNECTIONS_MIN)
        return fail(message_out, "the limit of open files (ulimit -n) must be at least %u", reserve + CONNECTIONS_MIN);
    rlim_t possible = limit.rlim_cur - reserve, webhooks = limit.rlim_cur / LIMIT_WEBHOOK_SHARE;
    if (webhooks > LIMIT_WEBHOOK_TRANSFERS_MAX)
        webhooks = LIMIT_WEBHOOK_TRANSFERS_MAX;
    if (possible >= webhooks + LIMIT_LOGOUT_TRANSFERS_MAX + CONNECTIONS_MIN)
        possible -= webhooks + LIMIT_LOGOUT_TRANSFERS_MAX;
    if (possible > INT32_MAX)
        possible = INT32_MAX;
    unsigned wanted = server->settings->connections_max;
    unsigned total = wanted != 0 && wanted < possible ? wanted : (unsigned)possible;
    server->connections_max = total / server->count > 0 ? total / server->count : 1;
    return true;
}

static bool read_addresses(struct server *server, char **message_out)
{
    const struct settings *settings = server->settings;
    bool is_protected = settings->tls_certificate != NULL || settings->behind_proxy;
    if (!bind_parse(settings->listen, &server->address))
        return fail(message_out, "\"%s\" is no address and port to listen on", settings->listen);
    if (!is_protected && !bind_is_loopback(&server->address))
        return fail(
            message_out,
            "plain HTTP on %s would send secrets in the clear: set a certificate, or say that TLS ends in front",
            settings->listen);
    if (settings->operations_listen == NULL)
        return true;
    if (!bind_parse(settings->operations_listen, &server->operations_address))
        return fail(message_out, "\"%s\" is no address and port to listen on", settings->operations_listen);
    if (!bind_is_loopback(&server->operations_address))
        return fail(message_out, "the operations listener must be on a loopback address, not on %s",
                    settings->operations_listen);
    return true;
}

static bool load_tls(struct server *server, char **message_out)
{
    const struct settings *settings = server->settings;
    if (settings->tls_certificate == NULL)
        return true;
    assert(settings->tls_key != NULL);
    server->tls = tls_context_create(settings->tls_certificate, settings->tls_key, message_out);
    return server->tls != NULL;
}

static bool bind_all(struct server *server, char **message_out)
{
    int *fds = h2o_mem_alloc(sizeof(*fds) * server->count);
    bool is_bound = bind_listen(&server->address, fds, server->count, message_out);
    for (unsigned i = 0; is_bound && i < server->count; ++i)
        server->threads[i].fd = fds[i];
    free(fds);
    if (is_bound && server->settings->operations_listen != NULL)
        return bind_listen(&server->operations_address, &server->operations_fd, 1, message_out);
    return is_bound;
}

static void make_workers(struct server *server, const struct routes *routes)
{
    for (unsigned i = 0; i < server->count; ++i) {
        struct worker *worker = calloc(1, sizeof(*worker));
        if (worker == NULL)
            abort();
        worker->index = i;
        worker->settings = server->settings;
        worker->routes = routes;
        worker->all = server->workers;
        worker->all_count = server->count;
        server->workers[i] = worker;
        server->threads[i].worker = worker;
    }
}

static void free_server(struct server *server)
{
    for (unsigned i = 0; i < server->count; ++i)
        free(server->workers[i]);
    SSL_CTX_free(server->tls);
    free(server->workers);
    free(server->threads);
    free(server);
}

/* --- start: threads -------------------------------------------------------------------------------------------------
 */

/* Signals are for whoever waits for them; only those that a thread brings on itself stay open. */
static void block_signals(sigset_t *before)
{
    static const int own[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};
    sigset_t blocked;
    sigfillset(&blocked);
    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); ++i)
        sigdelset(&blocked, own[i]);
    pthread_sigmask(SIG_BLOCK, &blocked, before);
}

static void start_threads(struct server *server)
{
    sigset_t before;
    signal(SIGPIPE, SIG_IGN); /* the library writes with plain writev */
    pthread_barrier_init(&server->all_threads, NULL, server->count);
    pthread_barrier_init(&server->all_started, NULL, server->count + 1);
    block_signals(&before);
    for (unsigned i = 0; i < server->count; ++i)
        if (pthread_create(&server->threads[i].id, NULL, run_thread, &server->threads[i]) != 0)
            abort();
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_barrier_wait(&server->all_started);
}

static void close_listeners(struct server *server)
{
    for (unsigned i = 0; i < server->count; ++i)
        if (server->threads[i].fd >= 0)
            close(server->threads[i].fd);
}

struct server *server_start(const struct settings *settings, const struct routes *routes, struct server_hooks hooks,
                            char **message_out)
{
    struct server *server = calloc(1, sizeof(*server));
    if (server == NULL)
        abort();
    server->settings = settings;
    server->hooks = hooks;
    server->operations_fd = -1;
    if (!count_threads(server, message_out) || !count_connections(server, message_out) ||
        !read_addresses(server, message_out)) {
        free(server);
        return NULL;
    }
    server->threads = calloc(server->count, sizeof(struct thread));
    server->workers = calloc(server->count, sizeof(struct worker *));
    if (server->threads == NULL || server->workers == NULL)
        abort();
    for (unsigned i = 0; i < server->count; ++i)
        server->threads[i] = (struct thread){.server = server, .fd = -1};
    if (!load_tls(server, message_out) || !bind_all(server, message_out)) {
        close_listeners(server);
        free_server(server);
        return NULL;
    }
    make_workers(server, routes);
    route_configure(&server->conf, &server->hosts);
    start_threads(server);
    return server;
}

/* --- the running server ---------------------------------------------------------------------------------------------
 */

static void renew_on_worker(struct worker *worker, void *argument)
{
    listener_renew_tls(worker, argument);
}

bool server_reload(struct server *server, char **message_out)
{
    const struct settings *settings = server->settings;
    if (settings->tls_certificate == NULL)
        return true;
    SSL_CTX *fresh = tls_context_create(settings->tls_certificate, settings->tls_key, message_out);
    if (fresh == NULL)
        return false;
    for (unsigned i = 0; i < server->count; ++i) {
        SSL_CTX_up_ref(fresh);
        worker_send(server->workers[i], renew_on_worker, fresh);
    }
    SSL_CTX_free(server->tls);
    server->tls = fresh;
    return true;
}

static void stop_on_worker(struct worker *worker, void *argument)
{
    (void)worker;
    ((struct thread *)argument)->is_stopping = true;
}

void server_stop(struct server *server)
{
    for (unsigned i = 0; i < server->count; ++i)
        worker_send(server->workers[i], stop_on_worker, &server->threads[i]);
    for (unsigned i = 0; i < server->count; ++i)
        pthread_join(server->threads[i].id, NULL);
    pthread_barrier_destroy(&server->all_threads);
    pthread_barrier_destroy(&server->all_started);
    h2o_config_dispose(&server->conf);
    free_server(server);
}

struct worker *server_worker(struct server *server, unsigned index)
{
    assert(index < server->count);
    return server->workers[index];
}

unsigned server_worker_count(const struct server *server)
{
    return server->count;
}

unsigned server_port(const struct server *server)
{
    return bind_port(&server->address);
}

unsigned server_operations_port(const struct server *server)
{
    return server->settings->operations_listen == NULL ? 0 : bind_port(&server->operations_address);
}
