/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint/introspect_answer.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/member.h"
#include "base/preference.h"
#include "client/right.h"

#define BODY_BYTES_USUAL 1024
#define MEDIA_TYPE       "application/token-introspection+jwt"

/* --- signing ------------------------------------------------------------------------------------------------------ */

/* A client that says nothing of JSON and asks for a signed answer wants that. */
static bool wants_signed(const struct call *call)
{
    h2o_iovec_t accepted = call_header(call, SLICE("accept"), NULL);
    int quality = preference_of(accepted, SLICE(MEDIA_TYPE));
    return quality > 0 && quality >= preference_of(accepted, SLICE("application/json"));
}

static const struct signing_key *key_of(const struct policy *policy, const struct api *api)
{
    const struct signing_key *key = key_set_active(policy->keys, api == NULL ? TOKEN_ES256 : api->algorithm);
    for (enum token_algorithm any = 0; key == NULL && any < TOKEN_ALGORITHM__MAX; ++any)
        key = key_set_active(policy->keys, any);
    return key;
}

size_t introspect_algorithms(const struct policy *policy, h2o_iovec_t out[static TOKEN_ALGORITHM__MAX])
{
    size_t count = 0;
    for (enum token_algorithm algorithm = 0; algorithm < TOKEN_ALGORITHM__MAX; ++algorithm)
        if (key_set_active(policy->keys, algorithm) != NULL)
            out[count++] = token_algorithm_name(algorithm);
    return count;
}

/* Neither sub nor exp stand on top, so that nobody takes the answer for a token (RFC 9701 section 5). */
static h2o_iovec_t claims_around(struct call *call, const struct introspect_asker *asker, h2o_iovec_t object)
{
    struct text claims;
    text_start(&claims, call->pool, object.len + BODY_BYTES_USUAL);
    text_add_char(&claims, '{');
    text_add_string_member(&claims, SLICE("iss"), call->worker->settings->issuer);
    text_add_string_member(&claims, SLICE("aud"), asker->client->client_id);
    text_add_u64_member(&claims, SLICE("iat"), (uint64_t)clock_unix_s());
    text_add_member(&claims, SLICE("token_introspection"));
    text_add(&claims, object);
    text_add_char(&claims, '}');
    return text_slice(&claims);
}

/* Without a key, or with more claims than a token may have, an unsigned answer would be another one than was asked
 * for. */
static void reply_signed(struct call *call, const struct introspect_asker *asker, h2o_iovec_t object)
{
    struct worker *worker = call->worker;
    const struct signing_key *key = key_of(worker->policy, asker->api);
    h2o_iovec_t token;
    if (key != NULL && jws_sign(worker->jws, call->pool, key, SLICE("token-introspection+jwt"),
                                claims_around(call, asker, object), &token)) {
        reply_text(call, 200, SLICE(MEDIA_TYPE), token);
        return;
    }
    log_event(LOG_LEVEL_ERROR, "introspection_not_signed", "\"why\":\"%s\",\"bytes\":%zu",
              key == NULL ? "no active signing key" : "the answer is too long, or the key cannot sign", object.len);
    reply_error(call, ERR_INTERNAL, SLICE_NONE);
}

static void reply(struct call *call, const struct introspect_asker *asker, h2o_iovec_t object)
{
    if (wants_signed(call))
        reply_signed(call, asker, object);
    else
        reply_json(call, 200, object);
}

/* --- what is told ------------------------------------------------------------------------------------------------- */

static bool means_something_to(const struct api *api, h2o_iovec_t scope)
{
    bool found = slice_equal(scope, SLICE("history:read"));
    for (size_t i = 0; i < api->collection_count && !found; ++i)
        found =
            slice_equal(scope, api->collections[i].scope_read) || slice_equal(scope, api->collections[i].scope_write);
    return found;
}

static void add_scopes(struct text *out, const struct principal *principal, const struct api *api)
{
    struct text list;
    struct scope_set scopes = right_scopes(out->pool, principal);
    text_start(&list, out->pool, scopes.text.len + 1);
    for (size_t i = 0; i < scopes.count; ++i) {
        if (api != NULL && !means_something_to(api, scopes.tokens[i]))
            continue;
        if (list.len > 0)
            text_add_char(&list, ' ');
        text_add(&list, scopes.tokens[i]);
    }
    if (list.len > 0)
        text_add_string_member(out, SLICE("scope"), text_slice(&list));
}

static void add_person(struct text *out, const struct principal *principal, const struct api *api)
{
    if (api != NULL && principal->member != NULL)
        text_add_string_member(out, SLICE("username"), principal->member->name);
}

static void add_subject(struct text *out, const struct principal *principal)
{
    if (principal_speaks_for_person(principal))
        member_ident(out, SLICE("sub"), IDENT_USER, principal->claims->user_id);
    else
        text_add_string_member(out, SLICE("sub"), principal->claims->client_id);
}

static void add_audience(struct text *out, const struct claims *claims)
{
    if (claims->audience.len > 0)
        text_add_string_member(out, SLICE("aud"), claims->audience);
}

void introspect_answer_active(struct call *call, const struct introspect_asker *asker,
                              const struct principal *principal, const struct api *api, bool refresh)
{
    const struct claims *claims = principal->claims;
    struct text out;
    text_start(&out, call->pool, BODY_BYTES_USUAL);
    text_add(&out, SLICE("{\"active\":true"));
    add_scopes(&out, principal, api);
    text_add_string_member(&out, SLICE("client_id"), claims->client_id);
    add_person(&out, principal, api);
    if (!refresh)
        text_add_string_member(&out, SLICE("token_type"), SLICE("Bearer"));
    text_add_u64_member(&out, SLICE("exp"), (uint64_t)claims->expires_at);
    text_add_u64_member(&out, SLICE("iat"), (uint64_t)claims->issued_at);
    add_subject(&out, principal);
    add_audience(&out, claims);
    text_add_string_member(&out, SLICE("iss"), call->worker->settings->issuer);
    if (!refresh)
        text_add_string_member(&out, SLICE("jti"), claims->jti);
    member_ident(&out, SLICE("account"), IDENT_ACCOUNT, claims->account_id);
    member_ident(&out, SLICE("application"), IDENT_APPLICATION, claims->application_id);
    text_add_char(&out, '}');
    reply(call, asker, text_slice(&out));
}

void introspect_answer_inactive(struct call *call, const struct introspect_asker *asker)
{
    reply(call, asker, SLICE("{\"active\":false}"));
}
