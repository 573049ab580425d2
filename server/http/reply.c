/* SPDX-License-Identifier: Apache-2.0 */
#include "http/reply.h"

#include "base/codec.h"
#include "http/refusal.h"
#include "http/route.h"

#include <assert.h>

#define ETAG_DIGEST_BYTES 16 /* of the digest; nobody gains by a collision with our own document */

static const struct {
    int status;
    const char *phrase;
} phrases[] = {
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {409, "Conflict"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {422, "Unprocessable Content"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
};

static const char *phrase_of(int status)
{
    size_t i = 0;
    while (i < sizeof(phrases) / sizeof(phrases[0]) && phrases[i].status != status)
        ++i;
    assert(i < sizeof(phrases) / sizeof(phrases[0]));
    return phrases[i].phrase;
}

/* --- headers --------------------------------------------------------------------------------------------------------
 */

/* The value is neither copied nor checked. */
static void add_header(struct call *call, h2o_iovec_t name, h2o_iovec_t value)
{
    h2o_add_header_by_str(call->pool, &call->req->res.headers, name.base, name.len, 0, NULL, value.base, value.len);
}

void reply_header(struct call *call, h2o_iovec_t name, h2o_iovec_t value)
{
    for (size_t i = 0; i < value.len; ++i) {
        assert(value.base[i] != '\r');
        assert(value.base[i] != '\n');
        assert(value.base[i] != '\0');
    }
    add_header(call, name, slice_copy(call->pool, value));
}

static void add_cors(struct call *call)
{
    if (call->route == NULL || (call->route->flags & ROUTE_CORS) == 0 ||
        call_header(call, SLICE("origin"), NULL).base == NULL)
        return;
    add_header(call, SLICE("access-control-allow-origin"), SLICE("*"));
    add_header(call, SLICE("access-control-expose-headers"),
               SLICE("WWW-Authenticate, DPoP-Nonce, Retry-After, RateLimit, RateLimit-Policy, ETag, Link, Location, "
                     "Hallmark-Receipt, Idempotency-Replayed"));
}

/* Browsers must not come by plain HTTP any more: told only where the answer travels over TLS (RFC 6797 section 7.2). */
static bool travels_over_tls(const struct call *call)
{
    return call->req->input.scheme == &H2O_URL_SCHEME_HTTPS ||
           (call->worker->settings->behind_proxy && !call->operations);
}

static void add_security_headers(struct call *call)
{
    add_header(call, SLICE("x-request-id"), (h2o_iovec_t){call->request_id, REQUEST_ID_BYTES - 1});
    add_header(call, SLICE("x-content-type-options"), SLICE("nosniff"));
    add_header(call, SLICE("referrer-policy"), SLICE("no-referrer"));
    if (travels_over_tls(call))
        add_header(call, SLICE("strict-transport-security"), SLICE("max-age=31536000; includeSubDomains"));
}

static void forbid_storing(struct call *call)
{
    add_header(call, SLICE("cache-control"), SLICE("no-store"));
    if (call->route != NULL && call->route->style == ROUTE_OAUTH)
        add_header(call, SLICE("pragma"), SLICE("no-cache"));
}

static void set_status(struct call *call, int status, size_t content_length)
{
    call->req->res.status = status;
    call->req->res.reason = phrase_of(status);
    call->req->res.content_length = content_length;
    add_cors(call);
    add_security_headers(call);
}

/* --- sending --------------------------------------------------------------------------------------------------------
 */

/* The last step of every answer. */
static void finish(struct call *call, h2o_iovec_t body)
{
    static h2o_generator_t generator = {NULL, NULL};
    h2o_req_t *req = call->req;
    bool without_body = body.len == 0 || call->method == METHOD_HEAD;
    call_answered(call);
    h2o_start_response(req, &generator);
    h2o_send(req, &body, without_body ? 0 : 1, H2O_SEND_STATE_FINAL);
}

static void send_private(struct call *call, int status, h2o_iovec_t media_type, h2o_iovec_t body)
{
    set_status(call, status, body.len);
    add_header(call, SLICE("content-type"), media_type);
    forbid_storing(call);
    finish(call, body);
}

void reply_json(struct call *call, int status, h2o_iovec_t body)
{
    send_private(call, status, SLICE("application/json"), body);
}

void reply_text(struct call *call, int status, h2o_iovec_t media_type, h2o_iovec_t body)
{
    send_private(call, status, media_type, body);
}

void reply_page(struct call *call, int status, h2o_iovec_t html, const struct page_allowed *allowed)
{
    static const h2o_iovec_t others[][2] = {
        {SLICE("x-frame-options"), SLICE("DENY")}, /* for browsers that do not know frame-ancestors */
        {SLICE("cross-origin-opener-policy"), SLICE("same-origin")},
        {SLICE("cross-origin-resource-policy"), SLICE("same-origin")},
        {SLICE("vary"), SLICE("accept-language, cookie")},
    };
    reply_header(call, SLICE("content-security-policy"),
                 slice_format(call->pool,
                              "default-src 'none'; style-src 'self'; %sform-action 'self'%s%.*s; base-uri 'none'; "
                              "frame-ancestors 'none'",
                              allowed->script ? "script-src 'self'; " : "", allowed->form_target.len > 0 ? " " : "",
                              SLICE_ARGS(allowed->form_target)));
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); ++i)
        add_header(call, others[i][0], others[i][1]);
    send_private(call, status, SLICE("text/html; charset=utf-8"), html);
}

void reply_see_other(struct call *call, h2o_iovec_t location)
{
    reply_header(call, SLICE("location"), location);
    set_status(call, 303, 0);
    forbid_storing(call);
    finish(call, SLICE_NONE);
}

void reply_empty(struct call *call, int status)
{
    set_status(call, status, status == 204 || status == 304 ? SIZE_MAX : 0);
    forbid_storing(call);
    finish(call, SLICE_NONE);
}

void reply_options(struct call *call, unsigned methods)
{
    h2o_iovec_t allow = route_allow_text(call->pool, methods | METHOD_BIT(METHOD_OPTIONS));
    set_status(call, 204, SIZE_MAX);
    add_header(call, SLICE("allow"), allow);
    add_header(call, SLICE("cache-control"), SLICE("no-store"));
    if ((call->route->flags & ROUTE_CORS) != 0 && call_header(call, SLICE("origin"), NULL).base != NULL) {
        add_header(call, SLICE("access-control-allow-methods"), allow);
        add_header(call, SLICE("access-control-allow-headers"),
                   SLICE("Authorization, Content-Type, MCP-Protocol-Version, DPoP, Idempotency-Key, If-Match, "
                         "If-None-Match"));
        add_header(call, SLICE("access-control-max-age"), SLICE("86400"));
    }
    finish(call, SLICE_NONE);
}

/* --- documents ------------------------------------------------------------------------------------------------------
 */

static h2o_iovec_t etag_of(h2o_mem_pool_t *pool, h2o_iovec_t body)
{
    uint8_t digest[DIGEST_BYTES];
    char text[CODEC_BASE64URL_LEN(ETAG_DIGEST_BYTES)];
    secret_digest(digest, body);
    size_t len = codec_base64url_encode(text, digest, ETAG_DIGEST_BYTES);
    return slice_format(pool, "\"%.*s\"", (int)len, text);
}

/* RFC 9110 section 13.1.2: "*", or a list of tags that are compared weakly. */
static bool is_known(const struct call *call, h2o_iovec_t etag)
{
    h2o_iovec_t rest = call_header(call, SLICE("if-none-match"), NULL);
    while (rest.base != NULL) {
        h2o_iovec_t tag = slice_trim(slice_cut(&rest, ','));
        if (slice_starts_with(tag, SLICE("W/")))
            tag = slice_from(tag, 2);
        if (slice_equal(tag, etag) || slice_equal(tag, SLICE("*")))
            return true;
    }
    return false;
}

static void send_public(struct call *call, h2o_iovec_t media_type, h2o_iovec_t body, h2o_iovec_t cache_control)
{
    h2o_iovec_t etag = etag_of(call->pool, body);
    bool unchanged = is_known(call, etag);
    set_status(call, unchanged ? 304 : 200, unchanged ? SIZE_MAX : body.len);
    add_header(call, SLICE("etag"), etag);
    add_header(call, SLICE("cache-control"), cache_control);
    if (call->route != NULL && (call->route->flags & ROUTE_CORS) != 0) /* or a cache hands browsers what others got */
        add_header(call, SLICE("vary"), SLICE("origin"));
    if (!unchanged)
        add_header(call, SLICE("content-type"), media_type);
    finish(call, unchanged ? SLICE_NONE : body);
}

void reply_document(struct call *call, h2o_iovec_t media_type, h2o_iovec_t body, int max_age_s)
{
    send_public(call, media_type, body, slice_format(call->pool, "public, max-age=%d", max_age_s));
}

void reply_immutable(struct call *call, h2o_iovec_t media_type, h2o_iovec_t body)
{
    send_public(call, media_type, body, SLICE("public, max-age=31536000, immutable"));
}

/* --- refusals -------------------------------------------------------------------------------------------------------
 */

h2o_iovec_t reply_prepare(struct call *call, const struct refusal *refusal)
{
    const struct err_row *row = err_row(refusal->err);
    h2o_iovec_t body = refusal_body(call, refusal);
    call->log_code = row->code;
    if (refusal_closes(refusal->err))
        call->req->http1_is_persistent = 0;
    if (refusal->err == ERR_MALFORMED_HTTP)
        worker_count(&call->worker->counters.malformed_http);
    set_status(call, refusal_status(call, refusal), body.len);
    add_header(call, SLICE("content-type"), refusal_media_type(call));
    forbid_storing(call);
    refusal_headers(call, refusal);
    return body;
}

void reply_refusal(struct call *call, const struct refusal *refusal)
{
    h2o_iovec_t body = reply_prepare(call, refusal);
    finish(call, body);
}

void reply_error(struct call *call, enum err err, h2o_iovec_t detail)
{
    reply_refusal(call, &(struct refusal){.err = err, .detail = detail});
}
