/* SPDX-License-Identifier: Apache-2.0 */
#include "http/refusal.h"

#include "base/layer.h"
#include "base/text.h"
#include "http/route.h"

#define RETRY_AFTER_DEFAULT_S 1
#define BODY_BYTES_USUAL      640

static bool is_oauth(const struct call *call)
{
    return call->route != NULL && call->route->style == ROUTE_OAUTH;
}

/* What people see in a browser; a page itself says what it refuses in words of their language. */
static bool is_page(const struct call *call)
{
    return call->route != NULL && call->route->style == ROUTE_PAGE;
}

static h2o_iovec_t detail_of(const struct refusal *refusal)
{
    return refusal->detail.base != NULL ? refusal->detail : err_row(refusal->err)->text;
}

int refusal_status(const struct call *call, const struct refusal *refusal)
{
    bool needs_no_challenge = refusal->err == ERR_INVALID_CLIENT && is_oauth(call) && !refusal->basic_challenge;
    return needs_no_challenge ? 400 : err_row(refusal->err)->status;
}

h2o_iovec_t refusal_media_type(const struct call *call)
{
    if (is_page(call))
        return SLICE("text/plain; charset=utf-8");
    return is_oauth(call) ? SLICE("application/json") : SLICE("application/problem+json");
}

/* --- bodies ---------------------------------------------------------------------------------------------------------
 */

/* error_description and a quoted string in a challenge have no quote, no backslash and ASCII only (RFC 6749
 * section 5.2, RFC 6750 section 3). */
static h2o_iovec_t plain_words(h2o_mem_pool_t *pool, h2o_iovec_t s)
{
    h2o_iovec_t words = slice_copy(pool, s);
    for (size_t i = 0; i < words.len; ++i) {
        char c = words.base[i];
        if (c == '"')
            words.base[i] = '\'';
        else if (c < 0x20 || c > 0x7e || c == '\\')
            words.base[i] = '?';
    }
    return words;
}

static void add_layer(struct text *body, const struct refusal *refusal)
{
    layer_add_members(body, refusal->cause == ERR_NONE ? refusal->err : refusal->cause, refusal->missing);
}

static h2o_iovec_t oauth_body(struct call *call, const struct refusal *refusal)
{
    struct text body;
    text_start(&body, call->pool, BODY_BYTES_USUAL);
    text_add_char(&body, '{');
    text_add_string_member(&body, SLICE("error"), err_row(refusal->err)->code);
    text_add_string_member(&body, SLICE("error_description"), plain_words(call->pool, detail_of(refusal)));
    add_layer(&body, refusal);
    text_add_char(&body, '}');
    return text_slice(&body);
}

static h2o_iovec_t page_body(struct call *call, const struct refusal *refusal)
{
    h2o_iovec_t detail = detail_of(refusal);
    return slice_format(call->pool, "%d. %.*s\n%s\n", refusal_status(call, refusal), SLICE_ARGS(detail),
                        call->request_id);
}

/* "key_right_missing" becomes "Key right missing". */
static h2o_iovec_t title_of(h2o_mem_pool_t *pool, h2o_iovec_t code)
{
    h2o_iovec_t title = slice_copy(pool, code);
    for (size_t i = 0; i < title.len; ++i)
        if (title.base[i] == '_')
            title.base[i] = ' ';
    title.base[0] = (char)(title.base[0] - 'a' + 'A');
    return title;
}

static void add_where(struct text *body, h2o_iovec_t where, h2o_iovec_t detail)
{
    if (where.base == NULL)
        return;
    text_add_member(body, SLICE("errors"));
    text_add(body, SLICE("[{"));
    text_add_string_member(body, SLICE("pointer"), where);
    text_add_string_member(body, SLICE("detail"), detail);
    text_add(body, SLICE("}]"));
}

/* The member of the problem type quota-exceeded (draft-ietf-httpapi-ratelimit-headers). */
static void add_violated(struct text *body, h2o_iovec_t violated)
{
    if (violated.base == NULL)
        return;
    text_add_member(body, SLICE("violated-policies"));
    text_add_char(body, '[');
    text_add(body, violated);
    text_add_char(body, ']');
}

static h2o_iovec_t problem_body(struct call *call, const struct refusal *refusal)
{
    const struct err_row *row = err_row(refusal->err);
    h2o_iovec_t detail = detail_of(refusal);
    struct text body;
    text_start(&body, call->pool, BODY_BYTES_USUAL);
    text_add_char(&body, '{');
    h2o_iovec_t type = slice_format(call->pool, "%.*s/problems/%.*s", SLICE_ARGS(call->worker->settings->issuer),
                                    SLICE_ARGS(row->code));
    text_add_string_member(&body, SLICE("type"), type);
    text_add_string_member(&body, SLICE("title"), title_of(call->pool, row->code));
    text_add_u64_member(&body, SLICE("status"), (uint64_t)row->status);
    text_add_string_member(&body, SLICE("detail"), detail);
    text_add_string_member(&body, SLICE("Message"), detail); /* read by clients of Comarch ERP XT */
    text_add_string_member(&body, SLICE("code"), row->code);
    text_add_string_member(&body, SLICE("request_id"), slice_of(call->request_id));
    add_layer(&body, refusal);
    add_where(&body, refusal->where, detail);
    add_violated(&body, refusal->violated);
    text_add_char(&body, '}');
    return text_slice(&body);
}

h2o_iovec_t refusal_body(struct call *call, const struct refusal *refusal)
{
    if (is_page(call))
        return page_body(call, refusal);
    return is_oauth(call) ? oauth_body(call, refusal) : problem_body(call, refusal);
}

/* --- headers --------------------------------------------------------------------------------------------------------
 */

static void add_parameter(struct text *challenge, const char *name, h2o_iovec_t value)
{
    if (value.base != NULL)
        text_add_format(challenge, ", %s=\"%.*s\"", name, SLICE_ARGS(plain_words(challenge->pool, value)));
}

/* What the challenge names as error. A request without any token gets none (RFC 6750 section 3.1). Whether token, key
 * or holder lack a scope is ours to tell in the body. */
static h2o_iovec_t bearer_error(const struct refusal *refusal)
{
    if (refusal->err == ERR_TOKEN_MISSING)
        return SLICE_NONE;
    return err_row(refusal->err)->status == 403 ? SLICE("insufficient_scope") : SLICE("invalid_token");
}

static h2o_iovec_t bearer_challenge(struct call *call, const struct refusal *refusal)
{
    struct text challenge;
    text_start(&challenge, call->pool, BODY_BYTES_USUAL);
    text_add(&challenge, SLICE("Bearer realm=\"hallmark\""));
    if (refusal->api != NULL)
        text_add_format(&challenge, ", resource_metadata=\"%.*s/.well-known/oauth-protected-resource%.*s\"",
                        SLICE_ARGS(call->worker->settings->issuer), SLICE_ARGS(refusal->api->prefix));
    add_parameter(&challenge, "error", bearer_error(refusal));
    add_parameter(&challenge, "scope", refusal->scope);
    return text_slice(&challenge);
}

static void challenge(struct call *call, const struct refusal *refusal)
{
    int status = refusal_status(call, refusal);
    if (is_oauth(call)) {
        if (status == 401)
            reply_header(call, SLICE("www-authenticate"), SLICE("Basic realm=\"hallmark\""));
    } else if (status == 401 || refusal->scope.base != NULL) {
        reply_header(call, SLICE("www-authenticate"), bearer_challenge(call, refusal));
    }
}

void refusal_headers(struct call *call, const struct refusal *refusal)
{
    int status = refusal_status(call, refusal);
    int retry_after_s = refusal->retry_after_s;
    if (status == 503 && retry_after_s == 0)
        retry_after_s = RETRY_AFTER_DEFAULT_S;
    challenge(call, refusal);
    if (retry_after_s > 0)
        reply_header(call, SLICE("retry-after"), slice_format(call->pool, "%d", retry_after_s));
    if (status == 405)
        reply_header(call, SLICE("allow"), route_allow_text(call->pool, refusal->allow | METHOD_BIT(METHOD_OPTIONS)));
}

bool refusal_closes(enum err err)
{
    return err == ERR_MALFORMED_HTTP || err == ERR_CONTENT_TOO_LARGE || err == ERR_URI_TOO_LONG ||
           err == ERR_HEAD_TOO_LARGE;
}
