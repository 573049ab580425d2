/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint/metadata.h"

#include "base/text.h"
#include "client/person_claims.h"
#include "endpoint/introspect.h"
#include "endpoint/introspect_answer.h"
#include "endpoint/userinfo.h"
#include "grants/grant.h"
#include "http/reply.h"
#include "token/id_token.h"
#include <stdlib.h>

#define MAX_AGE_S            300 /* a new api or collection is seen within five minutes */
#define DOCUMENT_BYTES_USUAL 2048
#define WORDS_MAX            24 /* of one list below */

/* --- writing ----------------------------------------------------------------------------------------------------- */

static void add_array(struct text *text, h2o_iovec_t name, const h2o_iovec_t *items, size_t count)
{
    text_add_member(text, name);
    text_add_char(text, '[');
    for (size_t i = 0; i < count; ++i) {
        if (i > 0)
            text_add_char(text, ',');
        text_add_json_string(text, items[i]);
    }
    text_add_char(text, ']');
}

/* RFC 8414 section 3.2 and RFC 9728 section 3.2: what has no elements is left out. */
static void add_array_unless_empty(struct text *text, h2o_iovec_t name, const h2o_iovec_t *items, size_t count)
{
    if (count > 0)
        add_array(text, name, items, count);
}

static void add_url(struct text *text, h2o_iovec_t name, h2o_iovec_t issuer, h2o_iovec_t path)
{
    text_add_string_member(text, name, slice_format(text->pool, "%.*s%.*s", SLICE_ARGS(issuer), SLICE_ARGS(path)));
}

/* --- scopes ------------------------------------------------------------------------------------------------------ */

static int compare_scopes(const void *a, const void *b)
{
    const h2o_iovec_t *left = a, *right = b;
    int order = memcmp(left->base, right->base, left->len < right->len ? left->len : right->len);
    return order != 0 ? order : (left->len > right->len) - (left->len < right->len);
}

/* The scopes with which something can be done, sorted; several apis may offer one collection. */
static void add_scopes(struct text *text, const struct collection *collections, size_t count, bool with_identity)
{
    static const unsigned writes = METHOD_BIT(METHOD_POST) | METHOD_BIT(METHOD_PUT) | METHOD_BIT(METHOD_DELETE);
    h2o_iovec_t *scopes = h2o_mem_alloc_pool(text->pool, (2 * count + 1 + SCOPE_IDENTITY_COUNT) * sizeof(*scopes));
    size_t found = 0, kept = 0;
    scopes[found++] = SLICE("history:read");
    for (size_t i = 0; i < count; ++i) {
        if ((collections[i].methods & METHOD_BIT(METHOD_GET)) != 0)
            scopes[found++] = collections[i].scope_read;
        if ((collections[i].methods & writes) != 0)
            scopes[found++] = collections[i].scope_write;
    }
    for (size_t i = 0; i < SCOPE_IDENTITY_COUNT && with_identity; ++i)
        scopes[found++] = scope_identity_at(i);
    qsort(scopes, found, sizeof(*scopes), compare_scopes);
    for (size_t i = 0; i < found; ++i)
        if (kept == 0 || !slice_equal(scopes[kept - 1], scopes[i]))
            scopes[kept++] = scopes[i];
    add_array(text, SLICE("scopes_supported"), scopes, kept);
}

/* --- the authorization server ------------------------------------------------------------------------------------ */

static void add_grant_types(struct text *text)
{
    h2o_iovec_t *names = h2o_mem_alloc_pool(text->pool, grant_count() * sizeof(*names));
    for (size_t i = 0; i < grant_count(); ++i)
        names[i] = grant_at(i)->name;
    add_array(text, SLICE("grant_types_supported"), names, grant_count());
}

/* Every endpoint that clients find here by name. */
static const h2o_iovec_t endpoints[][2] = {
    {SLICE("authorization_endpoint"), SLICE("/authorize")},
    {SLICE("pushed_authorization_request_endpoint"), SLICE("/oauth2/par")},
    {SLICE("token_endpoint"), SLICE("/oauth2/token")},
    {SLICE("userinfo_endpoint"), SLICE(USERINFO_PATH)},
    {SLICE("revocation_endpoint"), SLICE("/oauth2/revoke")},
    {SLICE("introspection_endpoint"), SLICE(INTROSPECT_PATH)},
    {SLICE("end_session_endpoint"), SLICE("/oauth2/logout")},
    {SLICE("jwks_uri"), SLICE("/oauth2/jwks")},
};

/* What is always the same; words with one space between two.
 *
 * client_secret_basic stands first, since some clients take the first method that they know. A client that can keep no
 * secret has none to show ("none"): it may redeem and end what persons gave it, and may not ask about tokens.
 */
static const h2o_iovec_t lists[][2] = {
    {SLICE("token_endpoint_auth_methods_supported"), SLICE("client_secret_basic client_secret_post none")},
    {SLICE("revocation_endpoint_auth_methods_supported"), SLICE("client_secret_basic client_secret_post none")},
    {SLICE("introspection_endpoint_auth_methods_supported"), SLICE("client_secret_basic client_secret_post")},
    {SLICE("response_types_supported"), SLICE("code")},
    {SLICE("response_modes_supported"), SLICE("query form_post")},
    {SLICE("code_challenge_methods_supported"), SLICE("S256")},
    {SLICE("prompt_values_supported"), SLICE("none login consent select_account")},
    {SLICE("ui_locales_supported"), SLICE("en de nb pl")},
    {SLICE("subject_types_supported"), SLICE("public pairwise")},
    {SLICE("acr_values_supported"), SLICE(ID_TOKEN_ACR_VALUES)},
    {SLICE("claim_types_supported"), SLICE("normal")},
};

/* RFC 9207 section 3; Back-Channel Logout section 2.1; OpenID Connect Discovery section 3, where an absent
 * request_uri_parameter_supported means true.
 */
static const struct {
    h2o_iovec_t name;
    bool value;
} flags[] = {
    {SLICE("authorization_response_iss_parameter_supported"), true},
    {SLICE("backchannel_logout_supported"), true},
    {SLICE("backchannel_logout_session_supported"), true},
    {SLICE("claims_parameter_supported"), true},
    {SLICE("request_parameter_supported"), false},
    {SLICE("request_uri_parameter_supported"), false},
};

static void add_words(struct text *text, h2o_iovec_t name, h2o_iovec_t words)
{
    h2o_iovec_t items[WORDS_MAX];
    size_t count = 0;
    while (words.base != NULL && count < WORDS_MAX)
        items[count++] = slice_cut(&words, ' ');
    add_array(text, name, items, count);
}

static void add_what_is_fixed(struct text *text, h2o_iovec_t issuer)
{
    for (size_t i = 0; i < sizeof(endpoints) / sizeof(endpoints[0]); ++i)
        add_url(text, endpoints[i][0], issuer, endpoints[i][1]);
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); ++i)
        add_words(text, lists[i][0], lists[i][1]);
    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); ++i) {
        text_add_member(text, flags[i].name);
        text_add(text, flags[i].value ? SLICE("true") : SLICE("false"));
    }
}

/* What an application can hear of a person: in the ID token, and from userinfo. */
static void add_claims(struct text *text)
{
    add_words(text, SLICE("claims_supported"),
              slice_format(text->pool, "sub iss aud exp iat auth_time nonce at_hash acr amr sid %.*s",
                           SLICE_ARGS(person_claim_names(text->pool))));
}

/* How ID tokens, and the answers of userinfo, can be signed now. */
static void add_identity_algorithms(struct text *text, const struct policy *policy)
{
    h2o_iovec_t names[TOKEN_ALGORITHM__MAX];
    size_t count = 0;
    for (enum token_algorithm algorithm = 0; algorithm < TOKEN_ALGORITHM__MAX; ++algorithm)
        if (id_token_algorithm(algorithm) && key_set_active(policy->keys, algorithm) != NULL)
            names[count++] = token_algorithm_name(algorithm);
    add_array_unless_empty(text, SLICE("id_token_signing_alg_values_supported"), names, count);
    add_array_unless_empty(text, SLICE("userinfo_signing_alg_values_supported"), names, count);
}

static void add_protected_resources(struct text *text, const struct policy *policy)
{
    size_t count = 0;
    h2o_iovec_t *audiences = h2o_mem_alloc_pool(text->pool, (policy->api_count + 1) * sizeof(*audiences));
    for (const struct api *api = policy->apis; api <= policy->management; ++api)
        audiences[count++] = api->audience;
    add_array(text, SLICE("protected_resources"), audiences, count);
}

/* Only what is true. */
static h2o_iovec_t server_document(struct call *call)
{
    const struct policy *policy = call->worker->policy;
    h2o_iovec_t issuer = call->worker->settings->issuer, algorithms[TOKEN_ALGORITHM__MAX];
    struct text text;
    text_start(&text, call->pool, DOCUMENT_BYTES_USUAL);
    text_add_char(&text, '{');
    text_add_string_member(&text, SLICE("issuer"), issuer);
    add_what_is_fixed(&text, issuer);
    add_array_unless_empty(&text, SLICE("introspection_signing_alg_values_supported"), algorithms,
                           introspect_algorithms(policy, algorithms));
    add_identity_algorithms(&text, policy);
    add_claims(&text);
    add_grant_types(&text);
    add_scopes(&text, policy->collections, policy->collection_count, true);
    add_protected_resources(&text, policy);
    text_add_char(&text, '}');
    return text_slice(&text);
}

/* Our issuer has no path, so the form with a path in it belongs to nobody else; but clients that were given the URL of
 * an api instead of the issuer try that, and find here who the issuer is. */
static bool names_api(const struct policy *policy, h2o_iovec_t path)
{
    const struct api *api = policy_api_of_path(policy, path);
    return api != NULL && slice_equal(api->prefix, path);
}

static void reply_server_document(struct call *call, h2o_iovec_t well_known)
{
    h2o_iovec_t suffix = slice_from(call->path, well_known.len);
    if (suffix.len > 0 && !names_api(call->worker->policy, suffix))
        reply_error(call, ERR_NOT_FOUND, SLICE_NONE);
    else
        reply_document(call, SLICE("application/json"), server_document(call), MAX_AGE_S);
}

void metadata_oauth_start(struct call *call)
{
    reply_server_document(call, SLICE(METADATA_OAUTH_PATH));
}

void metadata_openid_start(struct call *call)
{
    reply_server_document(call, SLICE(METADATA_OPENID_PATH));
}

/* --- an api ------------------------------------------------------------------------------------------------------ */

static h2o_iovec_t resource_document(struct call *call, const struct api *api)
{
    static const h2o_iovec_t methods[] = {SLICE("header")};
    struct text text;
    text_start(&text, call->pool, DOCUMENT_BYTES_USUAL);
    text_add_char(&text, '{');
    text_add_string_member(&text, SLICE("resource"), api->audience);
    text_add_string_member(&text, SLICE("resource_name"), api->name);
    add_array(&text, SLICE("authorization_servers"), &call->worker->settings->issuer, 1);
    add_array(&text, SLICE("bearer_methods_supported"), methods, sizeof(methods) / sizeof(methods[0]));
    add_scopes(&text, api->collections, api->collection_count, false);
    text_add_char(&text, '}');
    return text_slice(&text);
}

/* Without a suffix it is the api for which tokens are when nothing is asked for: the first one. */
void metadata_resource_start(struct call *call)
{
    const struct policy *policy = call->worker->policy;
    h2o_iovec_t suffix = slice_from(call->path, sizeof(METADATA_RESOURCE_PATH) - 1);
    const struct api *api = suffix.len == 0 ? policy->apis : policy_api_of_path(policy, suffix);
    if (slice_equal(suffix, policy->management->prefix))
        api = policy->management;
    if ((suffix.len == 0 && policy->api_count == 0) || api == NULL ||
        (suffix.len > 0 && !slice_equal(api->prefix, suffix)))
        reply_error(call, ERR_NOT_FOUND, SLICE_NONE);
    else
        reply_document(call, SLICE("application/json"), resource_document(call, api), MAX_AGE_S);
}
