/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/page.h"

#include "base/clock.h"
#include "base/codec.h"
#include "base/secret.h"
#include "base/text.h"

#include <inttypes.h>

#define CURSOR_SECONDS (24 * 60 * 60)

/* --- cursors --------------------------------------------------------------------------------------------------- */

h2o_iovec_t page_bound(h2o_mem_pool_t *pool, const h2o_iovec_t *parts, size_t count)
{
    struct text all;
    uint8_t digest[DIGEST_BYTES];
    text_start(&all, pool, 256);
    for (size_t i = 0; i < count; ++i) {
        text_add_format(&all, "%zd:", parts[i].base == NULL ? (ssize_t)-1 : (ssize_t)parts[i].len);
        text_add(&all, parts[i]);
    }
    secret_digest(digest, text_slice(&all));
    h2o_iovec_t bound = {h2o_mem_alloc_pool(pool, CODEC_BASE64URL_LEN(DIGEST_BYTES)), 0};
    bound.len = codec_base64url_encode(bound.base, digest, sizeof(digest));
    return bound;
}

h2o_iovec_t page_cursor_text(const struct call *call, const char *purpose, const struct page_cursor *cursor)
{
    h2o_iovec_t text = SLICE_NONE;
    json_t *claims = json_object();
    json_object_set_new(claims, "account", json_integer(cursor->account_id));
    json_object_set_new(claims, "bound", json_stringn(cursor->bound.base, cursor->bound.len));
    json_object_set_new(claims, "id", json_integer(cursor->id));
    json_object_set_new(claims, "passed", json_integer(cursor->passed));
    if (cursor->values.base != NULL)
        json_object_set_new(claims, "values", json_stringn(cursor->values.base, cursor->values.len));
    int64_t expires_at = clock_unix_s() + CURSOR_SECONDS;
    if (!ticket_make(&call->worker->tickets, call->pool, purpose, claims, expires_at, &text))
        text = SLICE_NONE;
    json_decref(claims);
    return text;
}

static h2o_iovec_t text_of(h2o_mem_pool_t *pool, const json_t *value)
{
    if (!json_is_string(value))
        return SLICE_NONE;
    return slice_copy(pool, (h2o_iovec_t){(char *)json_string_value(value), json_string_length(value)});
}

bool page_cursor_open(const struct call *call, const char *purpose, h2o_iovec_t text, int64_t account_id,
                      h2o_iovec_t bound, struct page_cursor *out)
{
    json_t *claims = ticket_open(&call->worker->tickets, call->pool, purpose, text, clock_unix_s());
    if (claims == NULL)
        return false;
    struct page_cursor cursor = {.account_id = json_integer_value(json_object_get(claims, "account")),
                                 .bound = text_of(call->pool, json_object_get(claims, "bound")),
                                 .id = json_integer_value(json_object_get(claims, "id")),
                                 .passed = json_integer_value(json_object_get(claims, "passed")),
                                 .values = text_of(call->pool, json_object_get(claims, "values"))};
    json_decref(claims);
    if (cursor.account_id != account_id || !slice_equal(cursor.bound, bound))
        return false;
    *out = cursor;
    return true;
}

/* --- links ----------------------------------------------------------------------------------------------------- */

static bool is_dropped(h2o_mem_pool_t *pool, h2o_iovec_t pair, const char *const *dropped)
{
    h2o_iovec_t name;
    if (pair.len == 0 || !codec_form_decode(pool, slice_cut(&pair, '='), &name))
        return true;
    for (; *dropped != NULL; ++dropped)
        if (slice_equal(name, slice_of(*dropped)))
            return true;
    return false;
}

/* A browser's address bar escapes less than an address needs, and a Link ends at '>'. */
static void add_escaped(struct text *out, h2o_iovec_t sent)
{
    static const char plain[] = "-._~!$'()*+,;=:@/?%";
    for (size_t i = 0; i < sent.len; ++i) {
        char c = sent.base[i];
        bool is_plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                        (c != '\0' && strchr(plain, c) != NULL);
        if (is_plain)
            text_add_char(out, c);
        else
            text_add_format(out, "%%%02X", (unsigned)(unsigned char)c);
    }
}

h2o_iovec_t page_link(const struct call *call, const char *const *dropped, const char *parameter, h2o_iovec_t value)
{
    struct text link;
    h2o_iovec_t issuer = call->worker->settings->issuer, rest = call->query;
    text_start(&link, call->pool, issuer.len + call->path.len + call->query.len + value.len + 64);
    text_add_char(&link, '<');
    text_add(&link, issuer);
    text_add(&link, call->path);
    text_add_char(&link, '?');
    while (rest.base != NULL) {
        h2o_iovec_t pair = slice_cut(&rest, '&');
        if (is_dropped(call->pool, pair, dropped))
            continue;
        add_escaped(&link, pair);
        text_add_char(&link, '&');
    }
    text_add_format(&link, "%s=%.*s", parameter, SLICE_ARGS(value));
    if (link.len - 1 - issuer.len > LIMIT_URI_BYTES_MAX)
        return SLICE_NONE;
    text_add(&link, SLICE(">; rel=\"next\""));
    return text_slice(&link);
}
