/* SPDX-License-Identifier: Apache-2.0 */
#include "http/listener.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#define LISTENERS_MAX      2  /* public, operations */
#define ACCEPT_BATCH       16 /* connections taken in one turn of the loop, so that others get theirs */
#define TLS_KEPT_MARGIN_MS 5000

struct listener {
    struct worker *worker;
    h2o_accept_ctx_t accept;
    h2o_socket_t *socket; /* NULL after listener_stop */
    unsigned connections, connections_max;
    bool is_paused;
    h2o_timeout_entry_t resume; /* linked: paused because descriptors ran out, not because of the limit */
};

/* A context that no new connection gets any more. */
struct retired_tls {
    h2o_timeout_entry_t entry;
    struct worker_listeners *listeners;
    SSL_CTX *context;
    struct retired_tls *next;
};

struct worker_listeners {
    struct listener all[LISTENERS_MAX];
    unsigned count;
    h2o_timeout_t retirement;
    struct retired_tls *retired;
};

/* --- pausing --------------------------------------------------------------------------------------------------------
 */

static void on_accept(h2o_socket_t *socket, const char *err);

static void pause_accepting(struct listener *listener)
{
    if (listener->is_paused)
        return;
    listener->is_paused = true;
    worker_count(&listener->worker->counters.connections_refused);
    h2o_socket_read_stop(listener->socket);
}

static void resume_accepting(struct listener *listener)
{
    if (!listener->is_paused || listener->socket == NULL || h2o_timeout_is_linked(&listener->resume) ||
        listener->connections >= listener->connections_max)
        return;
    listener->is_paused = false;
    h2o_socket_read_start(listener->socket, on_accept);
}

static void on_resume(h2o_timeout_entry_t *entry)
{
    resume_accepting(H2O_STRUCT_FROM_MEMBER(struct listener, resume, entry));
}

/* The listening socket stays readable when accept fails for want of descriptors: without a pause the loop would spin.
 */
static void pause_for_want(struct listener *listener, int error)
{
    if (error != EMFILE && error != ENFILE && error != ENOBUFS && error != ENOMEM)
        return;
    log_event(LOG_LEVEL_WARN, "accept_failed", "\"errno\":%d,\"connections\":%u", error, listener->connections);
    pause_accepting(listener);
    h2o_timeout_link(listener->worker->ctx.loop, &listener->worker->ctx.hundred_ms_timeout, &listener->resume);
}

/* --- connections ----------------------------------------------------------------------------------------------------
 */

static void count_open(struct listener *listener, int difference)
{
    _Atomic int64_t *open = &listener->worker->counters.connections_open;
    listener->connections += (unsigned)difference;
    atomic_store_explicit(open, atomic_load_explicit(open, memory_order_relaxed) + difference, memory_order_relaxed);
}

static void on_connection_closed(void *cookie)
{
    struct listener *listener = cookie;
    count_open(listener, -1);
    resume_accepting(listener);
}

static bool accept_one(struct listener *listener)
{
    errno = 0;
    h2o_socket_t *socket = h2o_evloop_socket_accept(listener->socket);
    if (socket == NULL) {
        pause_for_want(listener, errno);
        return false;
    }
    socket->on_close.cb = on_connection_closed;
    socket->on_close.data = listener;
    count_open(listener, 1);
    worker_count(&listener->worker->counters.connections_accepted);
    h2o_accept(&listener->accept, socket);
    return true;
}

static void on_accept(h2o_socket_t *socket, const char *err)
{
    struct listener *listener = socket->data;
    if (err != NULL)
        return;
    for (int i = 0; i < ACCEPT_BATCH && listener->connections < listener->connections_max; ++i)
        if (!accept_one(listener))
            return;
    if (listener->connections >= listener->connections_max)
        pause_accepting(listener);
}

/* --- life -----------------------------------------------------------------------------------------------------------
 */

static struct worker_listeners *listeners_of(struct worker *worker)
{
    if (worker->listeners == NULL) {
        worker->listeners = h2o_mem_alloc(sizeof(*worker->listeners));
        memset(worker->listeners, 0, sizeof(*worker->listeners));
        h2o_timeout_init(worker->ctx.loop, &worker->listeners->retirement,
                         worker->ctx.globalconf->handshake_timeout + TLS_KEPT_MARGIN_MS);
    }
    return worker->listeners;
}

void listener_open(struct worker *worker, const struct listener_setup *setup)
{
    struct worker_listeners *listeners = listeners_of(worker);
    assert(listeners->count < LISTENERS_MAX);
    struct listener *listener = &listeners->all[listeners->count++];
    listener->worker = worker;
    listener->connections_max = setup->connections_max;
    listener->resume.cb = on_resume;
    listener->accept = (h2o_accept_ctx_t){.ctx = &worker->ctx, .hosts = setup->hosts, .ssl_ctx = setup->tls};
    listener->socket = h2o_evloop_socket_create(worker->ctx.loop, setup->fd, H2O_SOCKET_FLAG_DONT_READ);
    listener->socket->data = listener;
    h2o_socket_read_start(listener->socket, on_accept);
}

unsigned listener_connections(const struct worker *worker)
{
    unsigned connections = 0;
    for (unsigned i = 0; worker->listeners != NULL && i < worker->listeners->count; ++i)
        connections += worker->listeners->all[i].connections;
    return connections;
}

void listener_stop(struct worker *worker)
{
    for (unsigned i = 0; worker->listeners != NULL && i < worker->listeners->count; ++i) {
        struct listener *listener = &worker->listeners->all[i];
        while (listener->connections < listener->connections_max && accept_one(listener))
            continue; /* who has connected already would get a reset */
        h2o_timeout_unlink(&listener->resume);
        h2o_socket_close(listener->socket);
        listener->socket = NULL;
    }
}

/* --- TLS ------------------------------------------------------------------------------------------------------------
 */

static void free_retired(struct retired_tls *retired)
{
    h2o_timeout_unlink(&retired->entry);
    SSL_CTX_free(retired->context);
    free(retired);
}

static void on_retirement_over(h2o_timeout_entry_t *entry)
{
    struct retired_tls *retired = H2O_STRUCT_FROM_MEMBER(struct retired_tls, entry, entry);
    struct retired_tls **place = &retired->listeners->retired;
    while (*place != retired)
        place = &(*place)->next;
    *place = retired->next;
    free_retired(retired);
}

/* The library keeps a bare pointer from accept until the client's first bytes: a reference is held for as long as these
 * may take. */
static void retire(struct worker *worker, SSL_CTX *context)
{
    struct retired_tls *retired = h2o_mem_alloc(sizeof(*retired));
    *retired = (struct retired_tls){
        .entry = {.cb = on_retirement_over},
        .listeners = worker->listeners,
        .context = context,
        .next = worker->listeners->retired,
    };
    worker->listeners->retired = retired;
    h2o_timeout_link(worker->ctx.loop, &worker->listeners->retirement, &retired->entry);
}

void listener_renew_tls(struct worker *worker, SSL_CTX *tls)
{
    for (unsigned i = 0; worker->listeners != NULL && i < worker->listeners->count; ++i) {
        struct listener *listener = &worker->listeners->all[i];
        if (listener->accept.ssl_ctx == NULL)
            continue;
        retire(worker, listener->accept.ssl_ctx);
        SSL_CTX_up_ref(tls);
        listener->accept.ssl_ctx = tls;
    }
    SSL_CTX_free(tls);
}

void listener_close(struct worker *worker)
{
    struct worker_listeners *listeners = worker->listeners;
    if (listeners == NULL)
        return;
    for (unsigned i = 0; i < listeners->count; ++i) {
        assert(listeners->all[i].socket == NULL);
        assert(listeners->all[i].connections == 0);
        SSL_CTX_free(listeners->all[i].accept.ssl_ctx);
    }
    for (struct retired_tls *retired = listeners->retired, *next; retired != NULL; retired = next) {
        next = retired->next;
        free_retired(retired);
    }
    h2o_timeout_dispose(worker->ctx.loop, &listeners->retirement);
    free(listeners);
    worker->listeners = NULL;
}
