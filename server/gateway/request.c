/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/request.h"

#include "base/codec.h"
#include "base/text.h"
#include "gateway/ask.h"

#include <inttypes.h>

/* --- query ----------------------------------------------------------------------------------------------------- */

bool request_has_field(h2o_mem_pool_t *pool, h2o_iovec_t encoded, h2o_iovec_t name)
{
    h2o_iovec_t decoded;
    while (encoded.base != NULL) {
        h2o_iovec_t pair = slice_cut(&encoded, '&');
        if (codec_form_decode(pool, slice_cut(&pair, '='), &decoded) && slice_equal(decoded, name))
            return true;
    }
    return false;
}

enum contract_step request_query(struct ask *ask, struct form *out)
{
    h2o_mem_pool_t *pool = ask->call->pool;
    if (form_parse(pool, ask->call->query, NULL, out) == ERR_NONE)
        return CONTRACT_PASSED;
    return ask_refuse(
        ask, ERR_INVALID_QUERY,
        slice_format(pool, "The query is not well formed, or has a parameter twice: %.*s.", SLICE_ARGS(out->wrong)));
}

enum contract_step request_number(struct ask *ask, const struct form *query, h2o_iovec_t name, int64_t max,
                                  int64_t *out)
{
    uint64_t number;
    h2o_iovec_t text = form_get(query, name);
    if (text.base == NULL)
        return CONTRACT_PASSED;
    if (!slice_to_u64(slice_trim(text), (uint64_t)max, &number))
        return ask_refuse(ask, ERR_INVALID_QUERY,
                          slice_format(ask->call->pool, "%.*s has to be a whole number from 0 to %" PRId64 ".",
                                       SLICE_ARGS(name), max));
    *out = (int64_t)number;
    return CONTRACT_PASSED;
}

/* --- media type ------------------------------------------------------------------------------------------------ */

static bool charset_is_utf8(h2o_iovec_t parameters)
{
    while (parameters.base != NULL) {
        h2o_iovec_t value = slice_cut(&parameters, ';');
        h2o_iovec_t name = slice_trim(slice_cut(&value, '='));
        value = slice_trim(value);
        if (slice_equal_ignoring_case(name, SLICE("charset")) && !slice_equal_ignoring_case(value, SLICE("utf-8")) &&
            !slice_equal_ignoring_case(value, SLICE("\"utf-8\"")))
            return false;
    }
    return true;
}

bool request_media_is(const struct call *call, h2o_iovec_t media_type)
{
    bool twice = false;
    h2o_iovec_t rest = call_header(call, SLICE("content-type"), &twice);
    if (rest.base == NULL || twice)
        return false;
    return slice_equal_ignoring_case(slice_trim(slice_cut(&rest, ';')), media_type) && charset_is_utf8(rest);
}

/* --- conditions ------------------------------------------------------------------------------------------------ */

h2o_iovec_t request_tag(h2o_mem_pool_t *pool, int64_t version)
{
    return slice_format(pool, "\"%" PRId64 "\"", version);
}

/* What stands between the quotes; false without them. */
static bool unquote(h2o_iovec_t text, h2o_iovec_t *inside_out)
{
    if (text.len < 2 || text.base[0] != '"' || text.base[text.len - 1] != '"')
        return false;
    *inside_out = (h2o_iovec_t){text.base + 1, text.len - 2};
    return true;
}

static bool read_tag(h2o_iovec_t text, int64_t *version_out)
{
    h2o_iovec_t inside;
    uint64_t version;
    if (!unquote(text, &inside) || !slice_to_u64(inside, INT64_MAX, &version) || version == 0)
        return false;
    *version_out = (int64_t)version;
    return true;
}

enum contract_step request_expected_version(struct ask *ask, int64_t *version_out)
{
    bool twice = false;
    int64_t version = 0;
    h2o_iovec_t tag = call_header(ask->call, SLICE("if-match"), &twice);
    if (call_header(ask->call, SLICE("if-none-match"), NULL).base != NULL)
        return ask_refuse(ask, ERR_INVALID_HEADER, SLICE("If-None-Match is for GET; a write takes If-Match."));
    if (twice ||
        (tag.base != NULL && !slice_equal(slice_trim(tag), SLICE("*")) && !read_tag(slice_trim(tag), &version)))
        return ask_refuse(ask, ERR_INVALID_HEADER,
                          SLICE("If-Match has to be one ETag as it was sent, such as \"7\", or *."));
    *version_out = version;
    return CONTRACT_PASSED;
}

bool request_has_version(const struct call *call, int64_t version)
{
    h2o_iovec_t tags = call_header(call, SLICE("if-none-match"), NULL);
    while (tags.base != NULL) {
        int64_t tagged;
        h2o_iovec_t tag = slice_trim(slice_cut(&tags, ','));
        if (slice_starts_with(tag, SLICE("W/"))) /* compared weakly (RFC 9110 section 13.1.2) */
            tag = slice_from(tag, 2);
        if (slice_equal(tag, SLICE("*")) || (read_tag(tag, &tagged) && tagged == version))
            return true;
    }
    return false;
}

/* --- Idempotency-Key ------------------------------------------------------------------------------------------- */

static bool is_key(h2o_iovec_t key)
{
    if (key.len == 0 || key.len > LIMIT_IDEMPOTENCY_KEY_BYTES_MAX)
        return false;
    for (size_t i = 0; i < key.len; ++i)
        if (key.base[i] < '!' || key.base[i] > '~' || key.base[i] == '"' || key.base[i] == '\\')
            return false;
    return true;
}

enum contract_step request_idempotency_key(struct ask *ask, h2o_iovec_t *key_out)
{
    bool twice = false;
    h2o_iovec_t header = call_header(ask->call, SLICE("idempotency-key"), &twice);
    h2o_iovec_t key = header.base == NULL ? header : slice_trim(header);
    if (key.base != NULL)
        (void)unquote(key, &key);
    if (twice || (key.base != NULL && !is_key(key)))
        return ask_refuse(
            ask, ERR_INVALID_HEADER,
            slice_format(ask->call->pool,
                         "Idempotency-Key has to be one text of 1 to %d printable ASCII characters without blanks.",
                         LIMIT_IDEMPOTENCY_KEY_BYTES_MAX));
    *key_out = key;
    return CONTRACT_PASSED;
}

h2o_iovec_t request_digest_of(h2o_mem_pool_t *pool, h2o_iovec_t bytes)
{
    uint8_t *digest = h2o_mem_alloc_pool(pool, DIGEST_BYTES);
    secret_digest(digest, bytes);
    return (h2o_iovec_t){(char *)digest, DIGEST_BYTES};
}

/* Each part with its length before it, so that no two requests run into one another. The words as they were sent: the
 * digest is kept for a day, in which another version of this program may come. */
h2o_iovec_t request_digest(const struct call *call)
{
    struct text all;
    h2o_iovec_t method = call->req->method;
    text_start(&all, call->pool, method.len + call->path.len + call->body.len + 64);
    text_add_format(&all, "%zu %zu %zu ", method.len, call->path.len, call->body.len);
    text_add(&all, method);
    text_add(&all, call->path);
    text_add(&all, call->body);
    return request_digest_of(call->pool, text_slice(&all));
}
