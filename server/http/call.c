/* SPDX-License-Identifier: Apache-2.0 */
#include "http/call.h"

#include "base/clock.h"
#include "http/reply.h"
#include "http/request_log.h"
#include "http/route.h"

#include <assert.h>

static const struct {
    h2o_iovec_t name;
    enum method method;
} methods[] = {
    {SLICE("GET"), METHOD_GET}, {SLICE("HEAD"), METHOD_HEAD},     {SLICE("POST"), METHOD_POST},
    {SLICE("PUT"), METHOD_PUT}, {SLICE("DELETE"), METHOD_DELETE}, {SLICE("OPTIONS"), METHOD_OPTIONS},
};

enum method call_method_of(h2o_iovec_t name)
{
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); ++i)
        if (slice_equal(methods[i].name, name))
            return methods[i].method;
    return METHOD_OTHER;
}

/* The lines of X-Forwarded-For in their order, as one list. */
static h2o_iovec_t forwarded_of(const struct call *call)
{
    const h2o_headers_t *headers = &call->req->headers;
    h2o_iovec_t joined = SLICE_NONE;
    ssize_t at = -1;
    while ((at = h2o_find_header_by_str(headers, H2O_STRLIT("x-forwarded-for"), at)) != -1) {
        h2o_iovec_t line = headers->entries[at].value;
        joined =
            joined.base == NULL ? line : slice_format(call->pool, "%.*s,%.*s", SLICE_ARGS(joined), SLICE_ARGS(line));
    }
    return joined;
}

static struct address client_address(const struct call *call)
{
    struct sockaddr_storage name;
    struct address peer = {.family = 0};
    h2o_conn_t *conn = call->req->conn;
    const struct cidr_list *trusted = &call->worker->settings->trusted_proxies;
    if (conn->callbacks->get_peername(conn, (struct sockaddr *)&name) == 0 ||
        !address_from_sockaddr((const struct sockaddr *)&name, &peer))
        peer = (struct address){.family = 0}; /* a socket without address, or a connection that is gone already */
    if (trusted->count == 0)
        return peer;
    return address_of_client(&peer, forwarded_of(call), trusted);
}

static void read_target(struct call *call)
{
    const h2o_req_t *req = call->req;
    call->path = req->path;
    call->query = SLICE_NONE;
    if (req->query_at == SIZE_MAX)
        return;
    call->path.len = req->query_at;
    call->query = slice_from(req->path, req->query_at + 1);
}

/* --- ends -----------------------------------------------------------------------------------------------------------
 */

static void run_gone(struct call *call)
{
    void (*gone)(void *cookie) = call->gone;
    call->gone = NULL;
    if (gone != NULL)
        gone(call->gone_cookie);
}

/* The library gives its buffers to the next connection as they are: what came with credentials is not left in
 * them. A body follows its head in the connection's buffer, and then the fields are copies in the pool; without one
 * they are in the buffer itself. */
static void wipe_request(struct call *call)
{
    h2o_req_t *req = call->req;
    bool is_page = call->route != NULL && call->route->style == ROUTE_PAGE;
    ssize_t at = h2o_find_header(&req->headers, is_page ? H2O_TOKEN_COOKIE : H2O_TOKEN_AUTHORIZATION, -1);
    bool has_secret = call->route != NULL && call->route->style != ROUTE_PROBLEM;
    if (at != -1) {
        char *head = req->conn->callbacks->get_socket(req->conn)->input->bytes;
        secret_wipe(req->headers.entries[at].value.base, req->headers.entries[at].value.len);
        secret_wipe(head, call->body.base == NULL ? 0 : (size_t)(call->body.base - head));
    }
    if (has_secret)
        secret_wipe(call->body.base, call->body.len);
}

static void on_end(void *cookie)
{
    struct call *call = cookie;
    h2o_timeout_unlink(&call->deadline);
    request_log_write(call); /* before the hook gives back what its texts may lie in */
    run_gone(call);
    wipe_request(call);
}

/* Then nobody may say that nothing was done. */
static bool may_have_written(const struct call *call)
{
    return call->route != NULL && call->route->style == ROUTE_PROBLEM &&
           (call->method == METHOD_POST || call->method == METHOD_PUT || call->method == METHOD_DELETE);
}

static void on_deadline(h2o_timeout_entry_t *entry)
{
    struct call *call = H2O_STRUCT_FROM_MEMBER(struct call, deadline, entry);
    worker_count(&call->worker->counters.answers_late);
    run_gone(call);
    reply_error(call, may_have_written(call) ? ERR_OUTCOME_UNKNOWN : ERR_OVERLOADED,
                SLICE("The answer took too long and was given up."));
}

void call_answered(struct call *call)
{
    assert(!call->answered);
    call->answered = true;
    call->answered_us = clock_unix_us();
    h2o_timeout_unlink(&call->deadline);
}

void call_deadline_pause(struct call *call)
{
    h2o_timeout_unlink(&call->deadline);
}

void call_deadline_resume(struct call *call)
{
    assert(!call->answered);
    if (!h2o_timeout_is_linked(&call->deadline))
        h2o_timeout_link(call->worker->ctx.loop, &call->worker->answer_deadline, &call->deadline);
}

/* --- contract -------------------------------------------------------------------------------------------------------
 */

struct call *call_create(h2o_req_t *req, struct worker *worker)
{
    struct call *call = h2o_mem_alloc_shared(&req->pool, sizeof(*call), on_end);
    memset(call, 0, sizeof(*call));
    call->req = req;
    call->pool = &req->pool;
    call->worker = worker;
    call->started_us = clock_unix_us();
    call->method = call_method_of(req->method);
    call->body = req->entity;
    read_target(call);
    request_id_make(call->request_id);
    call->address = client_address(call);
    call->deadline.cb = on_deadline;
    h2o_timeout_link(worker->ctx.loop, &worker->answer_deadline, &call->deadline);
    return call;
}

void call_on_gone(struct call *call, void (*gone)(void *cookie), void *cookie)
{
    call->gone = gone;
    call->gone_cookie = cookie;
}

h2o_iovec_t call_header(const struct call *call, h2o_iovec_t name, bool *twice_out)
{
    const h2o_headers_t *headers = &call->req->headers;
    ssize_t at = h2o_find_header_by_str(headers, name.base, name.len, -1);
    if (twice_out != NULL)
        *twice_out = at != -1 && h2o_find_header_by_str(headers, name.base, name.len, at) != -1;
    return at == -1 ? SLICE_NONE : headers->entries[at].value;
}

bool call_media_is(const struct call *call, h2o_iovec_t media_type)
{
    h2o_iovec_t sent = call_header(call, SLICE("content-type"), NULL);
    return sent.base != NULL && slice_equal_ignoring_case(slice_trim(slice_cut(&sent, ';')), media_type);
}
