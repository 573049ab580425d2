/* SPDX-License-Identifier: Apache-2.0 */
/* Where a request goes: exact rows, and beside them the paths that apis declare as data. */
#ifndef HALLMARK_HTTP_ROUTE_H
#define HALLMARK_HTTP_ROUTE_H

#include "http/call.h"

enum route_style { ROUTE_PROBLEM, ROUTE_OAUTH, ROUTE_PAGE }; /* how its refusals look; ROUTE_PAGE: a line of text */
enum route_media { ROUTE_MEDIA_NONE, ROUTE_MEDIA_FORM, ROUTE_MEDIA_ANY };

enum route_flag {
    ROUTE_CORS = 1,           /* browsers of any origin may call it, and read its refusals */
    ROUTE_WITHOUT_POLICY = 2, /* served even when there is no policy or the feed is dead (health) */
    ROUTE_EVERY_METHOD = 4,   /* the handler decides on methods itself (the gateway's contract) and gets OPTIONS, too,
                               * for reply_options; elsewhere OPTIONS is answered before anything else */
    ROUTE_PREFIX = 8, /* `path` ends with '/' and the row is for every longer path that begins with it: the handler
                       * reads the rest of call->path itself ("/oauth2/keys/<kid>.pem"). Rows that match exactly come
                       * first, then the longest prefix row, then token paths and prefixes of apis. */
};

struct route {
    h2o_iovec_t path;
    unsigned methods; /* METHOD_BITs; GET implies HEAD */
    enum route_style style;
    enum route_media media;
    unsigned flags;
    size_t body_max;
    void (*start)(struct call *call);
};

struct routes {
    const struct route *rows; /* the public listener's */
    size_t count;
    const struct route *token;      /* for POSTs to an api's token path */
    const struct route *gateway;    /* for everything else under an api's prefix */
    const struct route *operations; /* the operations listener's rows */
    size_t operations_count;
};

/* The h2o handler: checks the raw head (http/head_check.h), makes the call, finds the route, checks method, body size
 * and media type, refuses with ERR_POLICY_STALE when the feed is dead, and starts the route's handler. `operations`
 * tells which listener it stands behind. */
void route_register(h2o_hostconf_t *host, bool operations);

/* Readies the library's configuration: its limits, and two hosts, each with its handler, as the accept contexts of the
 * two listeners want them (which host serves a request is decided by its listener, never by its Host field). */
struct route_hosts {
    h2o_hostconf_t *public_hosts[2], *operations_hosts[2]; /* NULL-terminated */
};
void route_configure(h2o_globalconf_t *conf, struct route_hosts *out);

/* For the gateway and the token endpoint: the api that was found by path (NULL for plain rows). It lives in the
 * worker's policy as of the handler's start: who waits takes a reference to that policy first. */
const struct api *route_api(const struct call *call);

/* The "Allow" text of method bits, "GET, HEAD, POST"; in the pool. */
h2o_iovec_t route_allow_text(h2o_mem_pool_t *pool, unsigned methods);

#endif
