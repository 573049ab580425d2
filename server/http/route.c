/* SPDX-License-Identifier: Apache-2.0 */
#include "http/route.h"

#include "base/text.h"
#include "base/uri.h"
#include "http/edge_answer.h"
#include "http/head_check.h"
#include "http/reply.h"

#define ALLOW_BYTES_USUAL 64
#define HOST_PORT_ANY     65535 /* as h2o says it */

struct edge_handler {
    h2o_handler_t super;
    bool operations;
};

static const struct {
    enum method method;
    h2o_iovec_t name;
} method_names[] = {
    {METHOD_GET, SLICE("GET")}, {METHOD_HEAD, SLICE("HEAD")},     {METHOD_POST, SLICE("POST")},
    {METHOD_PUT, SLICE("PUT")}, {METHOD_DELETE, SLICE("DELETE")}, {METHOD_OPTIONS, SLICE("OPTIONS")},
};

static unsigned with_head(unsigned methods)
{
    return (methods & METHOD_BIT(METHOD_GET)) != 0 ? methods | METHOD_BIT(METHOD_HEAD) : methods;
}

h2o_iovec_t route_allow_text(h2o_mem_pool_t *pool, unsigned methods)
{
    struct text text;
    text_start(&text, pool, ALLOW_BYTES_USUAL);
    for (size_t i = 0; i < sizeof(method_names) / sizeof(method_names[0]); ++i) {
        if ((with_head(methods) & METHOD_BIT(method_names[i].method)) == 0)
            continue;
        if (text.len > 0)
            text_add(&text, SLICE(", "));
        text_add(&text, method_names[i].name);
    }
    return text_slice(&text);
}

const struct api *route_api(const struct call *call)
{
    return call->api;
}

/* --- the head, again ------------------------------------------------------------------------------------------------
 */

/* Bytes that the connection has already read behind this request's body. */
static size_t bytes_behind_body(const h2o_req_t *req, h2o_iovec_t raw)
{
    return req->entity.base == NULL ? 0 : (size_t)((raw.base + raw.len) - (req->entity.base + req->entity.len));
}

/* The library and we must have read the same request: method and target byte for byte. */
static bool is_read_alike(const h2o_req_t *req, const struct head *head)
{
    return slice_equal(head->method, req->method) && slice_equal(head->target, req->path);
}

/* False: the call has been answered. */
static bool check_head(struct call *call)
{
    h2o_req_t *req = call->req;
    h2o_buffer_t *input = req->conn->callbacks->get_socket(req->conn)->input;
    h2o_iovec_t raw = {input->bytes, input->size};
    h2o_iovec_t detail = SLICE_NONE;
    struct head head;
    enum err err = head_check(raw, &head, &detail);
    if (err == ERR_NONE && !is_read_alike(req, &head))
        err = ERR_MALFORMED_HTTP;
    if (err != ERR_NONE) {
        reply_error(call, err, detail);
        return false;
    }
    /* How a chunked body was framed cannot be seen any more. Whatever follows a body could be the rest of a smuggled
     * request. */
    if (head.chunked || bytes_behind_body(req, raw) != 0)
        req->http1_is_persistent = 0;
    return true;
}

/* --- finding --------------------------------------------------------------------------------------------------------
 */

static bool is_for_prefix_of(const struct route *row, h2o_iovec_t path)
{
    return (row->flags & ROUTE_PREFIX) != 0 && path.len > row->path.len && slice_starts_with(path, row->path);
}

static const struct route *find_row(const struct route *rows, size_t count, h2o_iovec_t path)
{
    const struct route *longest = NULL;
    for (size_t i = 0; i < count; ++i) {
        if ((rows[i].flags & ROUTE_PREFIX) == 0 && slice_equal(rows[i].path, path))
            return &rows[i];
        if (is_for_prefix_of(&rows[i], path) && (longest == NULL || rows[i].path.len > longest->path.len))
            longest = &rows[i];
    }
    return longest;
}

static const struct route *find_of_api(struct call *call)
{
    const struct policy *policy = call->worker->policy;
    const struct routes *routes = call->worker->routes;
    if (policy == NULL)
        return NULL;
    call->api = routes->token == NULL ? NULL : policy_api_of_token_path(policy, call->path);
    if (call->api != NULL)
        return routes->token;
    call->api = routes->gateway == NULL ? NULL : policy_api_of_path(policy, call->path);
    return call->api == NULL ? NULL : routes->gateway;
}

static const struct route *find_route(struct call *call)
{
    const struct routes *routes = call->worker->routes;
    if (call->operations)
        return find_row(routes->operations, routes->operations_count, call->path);
    const struct route *row = find_row(routes->rows, routes->count, call->path);
    return row != NULL ? row : find_of_api(call);
}

/* --- checks of the route, in the order of refusal
 * ---------------------------------------------------------------------- */

static bool has_method(const struct route *route, enum method method)
{
    return (route->flags & ROUTE_EVERY_METHOD) != 0 || (with_head(route->methods) & METHOD_BIT(method)) != 0;
}

static bool is_wrong_media(const struct call *call)
{
    return call->route->media == ROUTE_MEDIA_FORM && call->method == METHOD_POST &&
           !call_media_is(call, SLICE("application/x-www-form-urlencoded"));
}

static struct refusal check_route(const struct call *call)
{
    const struct route *route = call->route;
    if (!has_method(route, call->method))
        return (struct refusal){.err = ERR_METHOD_NOT_ALLOWED, .allow = route->methods};
    if ((route->flags & ROUTE_WITHOUT_POLICY) == 0 && worker_is_blind(call->worker))
        return (struct refusal){.err = ERR_POLICY_STALE};
    if (call->body.len > route->body_max)
        return (struct refusal){.err = ERR_CONTENT_TOO_LARGE};
    if (is_wrong_media(call))
        return (struct refusal){.err = route->style == ROUTE_OAUTH ? ERR_INVALID_REQUEST : ERR_WRONG_MEDIA_TYPE,
                                .detail = SLICE("The body must be sent as application/x-www-form-urlencoded.")};
    return (struct refusal){.err = ERR_NONE};
}

/* An unknown path may be an api's that the policy would tell of. */
static void refuse_path(struct call *call)
{
    bool is_known = call->operations || call->worker->policy != NULL;
    reply_error(call, is_known ? ERR_NOT_FOUND : ERR_POLICY_STALE, SLICE_NONE);
}

static void dispatch(struct call *call)
{
    if (!uri_path_is_plain(call->path)) {
        reply_error(call, ERR_NOT_FOUND, SLICE_NONE);
        return;
    }
    call->route = find_route(call);
    if (call->route == NULL) {
        refuse_path(call);
        return;
    }
    call->log_route = call->route->path;
    if (call->method == METHOD_OPTIONS && (call->route->flags & ROUTE_EVERY_METHOD) == 0) {
        reply_options(call, call->route->methods);
        return;
    }
    struct refusal refusal = check_route(call);
    if (refusal.err != ERR_NONE)
        reply_refusal(call, &refusal);
    else
        call->route->start(call);
}

/* --- h2o's side
 * ------------------------------------------------------------------------------------------------------- */

static int on_request(h2o_handler_t *super, h2o_req_t *req)
{
    const struct edge_handler *self = (const struct edge_handler *)super;
    struct call *call = call_create(req, H2O_STRUCT_FROM_MEMBER(struct worker, ctx, req->conn->ctx));
    call->operations = self->operations;
    if (check_head(call))
        dispatch(call);
    return 0;
}

void route_register(h2o_hostconf_t *host, bool operations)
{
    h2o_pathconf_t *path = h2o_config_register_path(host, "/", 0);
    struct edge_handler *handler = (struct edge_handler *)h2o_create_handler(path, sizeof(*handler));
    handler->super.on_req = on_request;
    handler->operations = operations;
    path->error_log.emit_request_errors = 0;
    edge_answer_register(host, operations);
}

void route_configure(h2o_globalconf_t *conf, struct route_hosts *out)
{
    h2o_config_init(conf);
    conf->server_name = SLICE_NONE;
    conf->max_request_entity_size = LIMIT_BODY_BYTES_MAX;
    conf->handshake_timeout = LIMIT_REQUEST_READ_MS;
    conf->http1.req_timeout = LIMIT_REQUEST_READ_MS;
    conf->http1.upgrade_to_http2 = 0; /* HTTP/2 of this version is open to rapid reset; ALPN does not offer it either */
    out->public_hosts[0] = h2o_config_register_host(conf, SLICE("public"), HOST_PORT_ANY);
    out->operations_hosts[0] = h2o_config_register_host(conf, SLICE("operations"), HOST_PORT_ANY);
    out->public_hosts[1] = out->operations_hosts[1] = NULL;
    route_register(out->public_hosts[0], false);
    route_register(out->operations_hosts[0], true);
}
