/* SPDX-License-Identifier: Apache-2.0 */
/* The threads of the server from start to drained stop. */
#ifndef HALLMARK_HTTP_SERVER_H
#define HALLMARK_HTTP_SERVER_H

#include "http/route.h"

struct server;

struct server_hooks { /* on the worker's thread; a hook may be NULL */
    /* Lanes and caches of every worker exist, and messages may be sent to any; no loop runs before all hooks have
     * returned. */
    void (*worker_started)(struct worker *worker, void *cookie);
    /* Listeners are closed and connections drained, on every worker. Messages that are under way, and what these send
     * in turn, still run afterwards. */
    void (*worker_stopping)(struct worker *worker, void *cookie);
    void *cookie;
};

/* Binds the listeners (before any thread, so that errors are told at once) and makes the threads; SIGPIPE is ignored
 * from now on, and signals are blocked in the threads. settings and routes outlive the server. worker->penalties,
 * ->feed and ->policy are the hooks' to set. NULL on failure, *message_out in words (malloc). */
struct server *server_start(const struct settings *settings, const struct routes *routes, struct server_hooks hooks,
                            char **message_out);
/* Reads certificate and key again and swaps them on every thread; on failure the old ones stay and the message says
 * why. */
bool server_reload(struct server *server, char **message_out);
/* Drains and joins: no new connections, answers in flight are finished, at most LIMIT_DRAIN_MS. Frees the server. */
void server_stop(struct server *server);

struct worker *server_worker(struct server *server, unsigned index);
unsigned server_worker_count(const struct server *server);

/* What was bound: for an address with port 0, the port that the system chose. 0: there is no operations listener. */
unsigned server_port(const struct server *server);
unsigned server_operations_port(const struct server *server);

#endif
