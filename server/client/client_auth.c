/* SPDX-License-Identifier: Apache-2.0 */
#include "client/client_auth.h"

#include "base/codec.h"
#include "base/secret.h"

/* --- Basic ------------------------------------------------------------------------------------------------------- */

/* What stands behind "Basic ", in any case (RFC 9110 section 11.1); SLICE_NONE when it is another scheme. */
static h2o_iovec_t basic_value(h2o_iovec_t authorization)
{
    h2o_iovec_t rest = authorization;
    h2o_iovec_t scheme = slice_cut(&rest, ' ');
    if (rest.base == NULL || !slice_equal_ignoring_case(scheme, SLICE("basic")))
        return SLICE_NONE;
    return slice_trim(rest);
}

/* Both halves are form-encoded before base64 (RFC 6749 section 2.3.1). Many clients send them raw; ours have only
 * letters, digits and '_', so both readings are the same. */
static enum err decode_pair(h2o_mem_pool_t *pool, h2o_iovec_t pair, struct client_credentials *out)
{
    h2o_iovec_t secret = pair, id = slice_cut(&secret, ':');
    if (secret.base == NULL) /* no colon */
        return ERR_INVALID_CLIENT;
    if (!codec_form_decode(pool, id, &out->client_id) || !codec_form_decode(pool, secret, &out->secret))
        return ERR_INVALID_CLIENT;
    if (out->secret.base != secret.base) /* the caller wipes what he is given, and only that */
        secret_wipe(secret.base, secret.len);
    return out->client_id.len == 0 || out->secret.len == 0 ? ERR_INVALID_CLIENT : ERR_NONE;
}

static enum err read_basic(h2o_mem_pool_t *pool, h2o_iovec_t authorization, struct client_credentials *out)
{
    h2o_iovec_t value = basic_value(authorization);
    if (value.len == 0)
        return ERR_INVALID_CLIENT;
    h2o_iovec_t pair = {h2o_mem_alloc_pool(pool, value.len), 0};
    enum err err = ERR_INVALID_CLIENT;
    if (codec_base64_decode((uint8_t *)pair.base, &pair.len, value))
        err = decode_pair(pool, pair, out);
    if (err != ERR_NONE)
        secret_wipe(pair.base, value.len);
    return err;
}

/* --- the table --------------------------------------------------------------------------------------------------- */

/* What a request shows of each way to authenticate. */
struct shown {
    h2o_iovec_t authorization, client_id, secret, assertion, assertion_type;
};

static bool shows_basic(const struct shown *shown)
{
    return shown->authorization.base != NULL;
}

static bool shows_post(const struct shown *shown)
{
    return shown->secret.base != NULL;
}

static bool shows_assertion(const struct shown *shown)
{
    return shown->assertion.base != NULL || shown->assertion_type.base != NULL;
}

static enum err take_basic(h2o_mem_pool_t *pool, const struct shown *shown, struct client_credentials *out)
{
    enum err err = read_basic(pool, shown->authorization, out);
    if (err != ERR_NONE)
        return err;
    /* Some clients name themselves in the body too, which is no second method as long as it is the same name. */
    bool differs = shown->client_id.base != NULL && !slice_equal(shown->client_id, out->client_id);
    return differs ? ERR_INVALID_REQUEST : ERR_NONE;
}

static enum err take_post(h2o_mem_pool_t *pool, const struct shown *shown, struct client_credentials *out)
{
    (void)pool;
    out->client_id = shown->client_id;
    out->secret = shown->secret;
    return shown->client_id.base == NULL ? ERR_INVALID_CLIENT : ERR_NONE;
}

/* No client of ours is registered for assertions. */
static enum err refuse_assertion(h2o_mem_pool_t *pool, const struct shown *shown, struct client_credentials *out)
{
    (void)pool, (void)shown, (void)out;
    return ERR_INVALID_CLIENT;
}

static const struct {
    enum client_auth_method method;
    bool (*shows)(const struct shown *shown);
    enum err (*take)(h2o_mem_pool_t *pool, const struct shown *shown, struct client_credentials *out);
} methods[] = {
    {CLIENT_AUTH_BASIC, shows_basic, take_basic},
    {CLIENT_AUTH_POST, shows_post, take_post},
    {CLIENT_AUTH_NONE, shows_assertion, refuse_assertion},
};

/* None of the methods: only a name. */
static enum err take_none(const struct shown *shown, struct client_credentials *out)
{
    out->client_id = shown->client_id;
    return shown->client_id.base == NULL ? ERR_INVALID_CLIENT : ERR_NONE;
}

enum err client_auth_read(h2o_mem_pool_t *pool, h2o_iovec_t authorization, const struct form *form,
                          struct client_credentials *out)
{
    const size_t none = sizeof(methods) / sizeof(methods[0]);
    struct shown shown = {authorization, form_get(form, SLICE("client_id")), form_get(form, SLICE("client_secret")),
                          form_get(form, SLICE("client_assertion")), form_get(form, SLICE("client_assertion_type"))};
    *out = (struct client_credentials){.method = CLIENT_AUTH_NONE, .tried_header = authorization.base != NULL};
    size_t used = none;
    for (size_t i = 0; i < none; ++i) {
        if (!methods[i].shows(&shown))
            continue;
        if (used != none)
            return ERR_INVALID_REQUEST;
        used = i;
    }
    if (used == none)
        return take_none(&shown, out);
    out->method = methods[used].method;
    return methods[used].take(pool, &shown, out);
}

/* --- the query --------------------------------------------------------------------------------------------------- */

bool client_auth_in_query(h2o_mem_pool_t *pool, h2o_iovec_t query)
{
    static const h2o_iovec_t credentials[] = {{(char *)"client_secret", 13},
                                              {(char *)"client_assertion", 16},
                                              {(char *)"refresh_token", 13},
                                              {(char *)"token", 5}};
    while (query.base != NULL) {
        h2o_iovec_t pair = slice_cut(&query, '&'), name;
        if (!codec_form_decode(pool, slice_cut(&pair, '='), &name))
            continue; /* no name of ours */
        for (size_t i = 0; i < sizeof(credentials) / sizeof(credentials[0]); ++i)
            if (slice_equal(name, credentials[i]))
                return true;
    }
    return false;
}
