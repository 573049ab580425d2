/* SPDX-License-Identifier: Apache-2.0 */
#include "app/remote_login.h"

#include "app/remote_problem.h"
#include "base/codec.h"
#include "base/limits.h"
#include "base/secret.h"

#define METADATA_PATH   "/.well-known/oauth-authorization-server"
#define MANAGEMENT_PATH "/admin/v1"
#define BASIC_BYTES     (2 * CREDENTIAL_BYTES_MAX)

static bool fail(h2o_iovec_t *wrong_out, h2o_iovec_t sentence)
{
    *wrong_out = sentence;
    return false;
}

static bool ask(h2o_mem_pool_t *pool, struct remote_wire *wire, const struct remote_request *request,
                struct remote_answer *answer, struct json_object *out, h2o_iovec_t *wrong_out)
{
    if (remote_wire_ask(wire, request, answer, wrong_out) != REMOTE_ANSWERED)
        return fail(wrong_out, slice_format(pool, "%.*s cannot be reached: %.*s", SLICE_ARGS(request->url),
                                            SLICE_ARGS(*wrong_out)));
    return remote_object(pool, answer, out, wrong_out);
}

/* --- where a token is had ---------------------------------------------------------------------------------------- */

/* The management API's own audience, when there is one: the token that is asked for is good nowhere else. */
static h2o_iovec_t find_resource(h2o_mem_pool_t *pool, const struct json_object *metadata, h2o_iovec_t url)
{
    const struct json_member *member = json_find(metadata, SLICE("protected_resources"));
    h2o_iovec_t wanted = slice_format(pool, "%.*s" MANAGEMENT_PATH, SLICE_ARGS(url)), *items;
    size_t count;
    if (member == NULL || member->type != JSON_TYPE_ARRAY || !json_scan_array(pool, member->value, &items, &count))
        return SLICE_NONE;
    for (size_t i = 0; i < count; ++i) {
        if (json_type_of(items[i]) == JSON_TYPE_STRING && slice_equal(json_string_text(pool, items[i]), wanted))
            return wanted;
    }
    return SLICE_NONE;
}

/* RFC 8414 section 3.3: metadata of another issuer are nobody's. The secret goes nowhere but to the server itself. */
static bool find_endpoint(h2o_mem_pool_t *pool, struct remote_wire *wire, h2o_iovec_t url, h2o_iovec_t *endpoint_out,
                          h2o_iovec_t *resource_out, h2o_iovec_t *wrong_out)
{
    struct remote_answer answer;
    struct json_object metadata;
    struct remote_request request = {.method = "GET", .url = slice_format(pool, "%.*s" METADATA_PATH, SLICE_ARGS(url))};
    if (!ask(pool, wire, &request, &answer, &metadata, wrong_out))
        return false;
    h2o_iovec_t issuer = remote_text(pool, &metadata, SLICE("issuer"));
    *endpoint_out = remote_text(pool, &metadata, SLICE("token_endpoint"));
    if (!slice_equal(issuer, url))
        return fail(wrong_out, SLICE("the server calls itself by another issuer than HALLMARK_URL: give the URL that "
                                     "it was started with (--issuer)"));
    if (!slice_starts_with(*endpoint_out, slice_format(pool, "%.*s/", SLICE_ARGS(url))) ||
        slice_find(*endpoint_out, '\0') != SIZE_MAX)
        return fail(wrong_out, SLICE("the server's token endpoint is not below HALLMARK_URL: the key stays here"));
    *endpoint_out = slice_copy(pool, *endpoint_out);
    *resource_out = find_resource(pool, &metadata, url);
    return true;
}

/* --- the token --------------------------------------------------------------------------------------------------- */

/* RFC 6749 section 2.3.1; the alphabet of our credentials needs no form-encoding. */
static h2o_iovec_t basic_of(h2o_mem_pool_t *pool, const struct remote_key *key)
{
    char pair[BASIC_BYTES + 1], encoded[BASIC_BYTES * 2];
    int len = snprintf(pair, sizeof(pair), "%s:%s", key->client_id, key->secret);
    size_t encoded_len = codec_base64_encode(encoded, pair, (size_t)len);
    h2o_iovec_t value = slice_format(pool, "Basic %.*s", (int)encoded_len, encoded);
    secret_wipe(pair, sizeof(pair));
    secret_wipe(encoded, sizeof(encoded));
    return value;
}

static bool take_token(h2o_mem_pool_t *pool, const struct json_object *answer, h2o_iovec_t *authorization_out,
                       h2o_iovec_t *wrong_out)
{
    h2o_iovec_t token = remote_text(pool, answer, SLICE("access_token"));
    bool good = token.len > 0 && token.len <= LIMIT_TOKEN_BYTES_MAX;
    for (size_t i = 0; good && i < token.len; ++i)
        good = token.base[i] > ' ' && token.base[i] < 0x7f; /* a header's value */
    if (!good)
        return fail(wrong_out, SLICE("the token endpoint answered without a token"));
    *authorization_out = slice_format(pool, "Bearer %.*s", SLICE_ARGS(token));
    return true;
}

bool remote_login(h2o_mem_pool_t *pool, struct remote_wire *wire, h2o_iovec_t url, const struct remote_key *key,
                  h2o_iovec_t *authorization_out, h2o_iovec_t *wrong_out)
{
    struct remote_answer answer = {.body = SLICE_NONE};
    struct json_object token;
    h2o_iovec_t endpoint, resource;
    if (!find_endpoint(pool, wire, url, &endpoint, &resource, wrong_out))
        return false;
    struct remote_request request = {.method = "POST",
                                     .url = endpoint,
                                     .media = "application/x-www-form-urlencoded",
                                     .authorization = basic_of(pool, key),
                                     .body = SLICE("grant_type=client_credentials")};
    if (resource.base != NULL) /* an issuer and our own path: nothing of it needs an escape in a form */
        request.body = slice_format(pool, "grant_type=client_credentials&resource=%.*s", SLICE_ARGS(resource));
    bool good =
        ask(pool, wire, &request, &answer, &token, wrong_out) && take_token(pool, &token, authorization_out, wrong_out);
    secret_wipe(request.authorization.base, request.authorization.len);
    secret_wipe(answer.body.base, answer.body.len);
    return good;
}
