/* SPDX-License-Identifier: Apache-2.0 */
/* One request on its way down and its answer on the way out. Made by the router, in the request's pool. */
#ifndef HALLMARK_HTTP_CALL_H
#define HALLMARK_HTTP_CALL_H

#include "base/credential.h"
#include "base/err.h"
#include "http/worker.h"

struct api;
struct route;

struct call {
    h2o_req_t *req;
    h2o_mem_pool_t *pool; /* of the request */
    struct worker *worker;
    const struct route *route; /* NULL before one was found */
    const struct api *api;     /* see route_api */
    enum method method;
    h2o_iovec_t path, query; /* raw target up to '?', and behind it (SLICE_NONE: no '?') */
    h2o_iovec_t body;
    char request_id[REQUEST_ID_BYTES];
    struct address address;          /* of the client, behind trusted proxies */
    int64_t started_us, answered_us; /* wall clock */
    h2o_timeout_entry_t deadline;
    void (*gone)(void *cookie); /* set by call_on_gone */
    void *gone_cookie;
    /* for the request's log line; SLICE_NONE: left out. In the pool or static: they are read when the request ends */
    h2o_iovec_t log_route, log_client, log_code, log_detail;
    int64_t log_account;
    bool operations; /* came through the operations listener */
    bool answered;
    bool admitted; /* its limits have been asked: once a request */
};

/* Makes the call of a request: id, method, address; starts the whole-answer deadline, which answers ERR_OVERLOADED by
 * itself. */
struct call *call_create(h2o_req_t *req, struct worker *worker);

/* `gone(cookie)` runs once, when the request ends in whatever way, or when the deadline answers for it: it cancels what
 * is under way and wipes secrets. One hook a call; setting it again replaces it. The cookie may be plain memory of the
 * pool, but nothing from h2o_mem_alloc_shared, which the pool gives back before the hook runs. */
void call_on_gone(struct call *call, void (*gone)(void *cookie), void *cookie);

/* METHOD_OTHER for what is none of ours. */
enum method call_method_of(h2o_iovec_t name);

/* The value of a request header; SLICE_NONE when absent. `name` is in lower case. *twice_out (may be NULL): it came
 * more than once. */
h2o_iovec_t call_header(const struct call *call, h2o_iovec_t name, bool *twice_out);

/* The Content-Type is this one, whatever parameters stand behind it. */
bool call_media_is(const struct call *call, h2o_iovec_t media_type);

/* For a request that was asked to wait: the whole-answer deadline stands still until call_deadline_resume, and then
 * begins anew. Who pauses it sets a time of his own, and ends by it. */
void call_deadline_pause(struct call *call);
void call_deadline_resume(struct call *call);

/* For reply.c: the answer is on its way; the deadline no longer watches. */
void call_answered(struct call *call);

#endif
