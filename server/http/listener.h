/* SPDX-License-Identifier: Apache-2.0 */
/* The listening sockets of one worker: accepts, counts connections, and stops accepting before descriptors run out. */
#ifndef HALLMARK_HTTP_LISTENER_H
#define HALLMARK_HTTP_LISTENER_H

#include "http/worker.h"
#include <openssl/ssl.h>

struct listener_setup {
    int fd;                   /* owned from now on */
    h2o_hostconf_t **hosts;   /* outlive the worker */
    SSL_CTX *tls;             /* NULL: plain; a reference that is owned from now on */
    unsigned connections_max; /* at this number accepting pauses until one of them ends */
};

/* On the worker's thread; two at most. */
void listener_open(struct worker *worker, const struct listener_setup *setup);

/* Takes the reference over. New connections get the new context; the old one is kept while a connection that was just
 * accepted may still point to it. */
void listener_renew_tls(struct worker *worker, SSL_CTX *tls);

/* Connections that are open, all listeners together. */
unsigned listener_connections(const struct worker *worker);

/* Takes what has come to the sockets, and closes them. */
void listener_stop(struct worker *worker);

/* After listener_stop, with no connection left. */
void listener_close(struct worker *worker);

#endif
