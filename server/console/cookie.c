/* SPDX-License-Identifier: Apache-2.0 */
#include "console/cookie.h"

#include "base/codec.h"
#include "http/reply.h"

#include <assert.h>

#define SECRET_RANDOM_BYTES 32
#define SECONDS_OF_DAY      86400

static const struct {
    h2o_iovec_t name;
    int max_age_s; /* 0: ends with the browser */
} cookies[COOKIE__MAX] = {
    [COOKIE_SESSION] = {SLICE("hallmark-session"), 0},
    [COOKIE_FORM] = {SLICE("hallmark-form"), 0},
    [COOKIE_KNOWN] = {SLICE("hallmark-known"), LIMIT_KNOWN_BROWSER_DAYS *SECONDS_OF_DAY},
    [COOKIE_LANGUAGE] = {SLICE("hallmark-language"), LIMIT_KNOWN_BROWSER_DAYS *SECONDS_OF_DAY},
};

/* What a browser thinks of us, whatever stands between. */
static bool is_secure(const struct call *call)
{
    return slice_starts_with(call->worker->settings->issuer, SLICE("https://"));
}

static h2o_iovec_t prefix_of(const struct call *call)
{
    return is_secure(call) ? SLICE("__Host-") : SLICE("");
}

static bool is_named(const struct call *call, h2o_iovec_t name, enum cookie cookie)
{
    h2o_iovec_t prefix = prefix_of(call);
    return slice_starts_with(name, prefix) && slice_equal(slice_from(name, prefix.len), cookies[cookie].name);
}

h2o_iovec_t cookie_get(const struct call *call, enum cookie cookie)
{
    const h2o_headers_t *headers = &call->req->headers;
    h2o_iovec_t found = SLICE_NONE;
    ssize_t at = -1;
    while ((at = h2o_find_header(headers, H2O_TOKEN_COOKIE, at)) != -1) {
        h2o_iovec_t rest = headers->entries[at].value;
        while (rest.base != NULL) {
            h2o_iovec_t value = slice_trim(slice_cut(&rest, ';')), name = slice_cut(&value, '=');
            if (value.base == NULL || !is_named(call, name, cookie))
                continue;
            if (found.base != NULL)
                return SLICE_NONE;
            found = value;
        }
    }
    return found;
}

static void set_cookie(struct call *call, enum cookie cookie, h2o_iovec_t value, int max_age_s)
{
    h2o_iovec_t prefix = prefix_of(call), name = cookies[cookie].name;
    h2o_iovec_t age =
        max_age_s == 0 ? SLICE("") : slice_format(call->pool, "; Max-Age=%d", max_age_s < 0 ? 0 : max_age_s);
    for (size_t i = 0; i < value.len; ++i)
        assert(value.base[i] > ' ' && strchr("\"',;\\\x7f", value.base[i]) == NULL);
    reply_header(call, SLICE("set-cookie"),
                 slice_format(call->pool, "%.*s%.*s=%.*s; Path=/; HttpOnly; SameSite=Lax%s%.*s", SLICE_ARGS(prefix),
                              SLICE_ARGS(name), SLICE_ARGS(value), is_secure(call) ? "; Secure" : "", SLICE_ARGS(age)));
}

void cookie_set(struct call *call, enum cookie cookie, h2o_iovec_t value)
{
    set_cookie(call, cookie, value, cookies[cookie].max_age_s);
}

void cookie_end(struct call *call, enum cookie cookie)
{
    set_cookie(call, cookie, SLICE(""), -1);
}

void cookie_make_secret(char out[static COOKIE_SECRET_BYTES])
{
    _Static_assert(COOKIE_SECRET_BYTES == CODEC_BASE64URL_LEN(SECRET_RANDOM_BYTES) + 1, "its length");
    uint8_t bytes[SECRET_RANDOM_BYTES];
    secret_random(bytes, sizeof(bytes));
    out[codec_base64url_encode(out, bytes, sizeof(bytes))] = '\0';
    secret_wipe(bytes, sizeof(bytes));
}

bool cookie_digest(h2o_iovec_t value, uint8_t out[static DIGEST_BYTES])
{
    uint8_t bytes[SECRET_RANDOM_BYTES];
    size_t len;
    if (value.len != COOKIE_SECRET_BYTES - 1 || !codec_base64url_decode(bytes, &len, value))
        return false;
    secret_digest(out, value);
    secret_wipe(bytes, sizeof(bytes));
    return true;
}
