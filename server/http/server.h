/* SPDX-License-Identifier: Apache-2.0 */
/* The threads of the server from start to drained stop. */
#ifndef HALLMARK_HTTP_SERVER_H
#define HALLMARK_HTTP_SERVER_H

#include "http/route.h"

struct server;

struct server_hooks { /* on the worker's thread */
    void (*worker_started)(struct worker *worker, void *cookie); /* lanes and caches exist; the loop is about to run */
    void (*worker_stopping)(struct worker *worker, void *cookie); /* listeners are closed and connections drained */
    void *cookie;
};

/* Binds the listeners (before any thread, so that errors are told at once) and makes the threads. NULL on failure, *message_out in words (malloc). */
struct server *server_start(const struct settings *settings, const struct routes *routes, struct server_hooks hooks, char **message_out);
/* Reads certificate and key again and swaps them on every thread; on failure the old ones stay and the message says why. */
bool server_reload(struct server *server, char **message_out);
/* Drains and joins: no new connections, answers in flight are finished, at most LIMIT_DRAIN_MS. */
void server_stop(struct server *server);

struct worker *server_worker(struct server *server, unsigned index);
unsigned server_worker_count(const struct server *server);

#endif
