/* SPDX-License-Identifier: Apache-2.0 */
#include "token/access_token.h"

#include "base/codec.h"
#include "base/credential.h"
#include "base/limits.h"
#include "base/text.h"
#include <assert.h>
#include <stddef.h>

#define JTI_RANDOM_BYTES   16
#define CLAIMS_FRAME_BYTES 320 /* names, quotes, numbers and identifiers: all that is not one of the texts */

_Static_assert(CODEC_BASE64URL_LEN(JTI_RANDOM_BYTES) == ACCESS_TOKEN_JTI_BYTES, "a jti is 128 bits");
_Static_assert(LIMIT_CLOCK_SKEW_SECONDS < 60, "clocks may differ by 60 s never");

/* --- making
 * ------------------------------------------------------------------------------------------------------------ */

static void draw_jti(h2o_mem_pool_t *pool, struct access_token *token)
{
    uint8_t random[JTI_RANDOM_BYTES];
    secret_random(random, sizeof(random));
    token->jti.base = h2o_mem_alloc_pool(pool, ACCESS_TOKEN_JTI_BYTES);
    token->jti.len = codec_base64url_encode(token->jti.base, random, sizeof(random));
}

static void add_ident(struct text *claims, h2o_iovec_t name, enum ident_kind kind, int64_t id)
{
    char ident[IDENT_BYTES_MAX];
    size_t len = ident_text(kind, id, ident);
    text_add_string_member(claims, name, (h2o_iovec_t){ident, len});
}

static h2o_iovec_t write_claims(h2o_mem_pool_t *pool, const struct access_token *token)
{
    struct text claims;
    text_start(&claims, pool,
               CLAIMS_FRAME_BYTES + token->issuer.len + token->subject.len + token->audience.len +
                   token->client_id.len + token->scope.len);
    text_add_char(&claims, '{');
    text_add_string_member(&claims, SLICE("iss"), token->issuer);
    if (token->user_id != 0)
        add_ident(&claims, SLICE("sub"), IDENT_USER, token->user_id);
    else
        text_add_string_member(&claims, SLICE("sub"), token->subject);
    text_add_string_member(&claims, SLICE("aud"), token->audience);
    text_add_string_member(&claims, SLICE("client_id"), token->client_id);
    text_add_u64_member(&claims, SLICE("iat"), (uint64_t)token->issued_at);
    text_add_u64_member(&claims, SLICE("exp"), (uint64_t)token->expires_at);
    text_add_string_member(&claims, SLICE("jti"), token->jti);
    if (token->scope.len > 0)
        text_add_string_member(&claims, SLICE("scope"), token->scope);
    if (token->account_id != 0)
        add_ident(&claims, SLICE("account"), IDENT_ACCOUNT, token->account_id);
    add_ident(&claims, SLICE("application"), IDENT_APPLICATION, token->application_id);
    if (token->user_id != 0) {
        add_ident(&claims, SLICE("grant"), IDENT_GRANT, token->grant_id);
        add_ident(&claims, SLICE("family"), IDENT_FAMILY, token->family_id);
    }
    text_add_u64_member(&claims, SLICE("generation"), (uint64_t)token->generation);
    text_add_char(&claims, '}');
    return text_slice(&claims);
}

bool access_token_mint(struct jws_contexts *contexts, h2o_mem_pool_t *pool, const struct signing_key *key,
                       struct access_token *token, h2o_iovec_t *text_out)
{
    bool is_of_person = token->user_id != 0;
    assert(token->issuer.len > 0 && token->audience.len > 0 && token->client_id.len > 0);
    assert(is_of_person || token->subject.len > 0);
    assert(is_of_person == (token->grant_id != 0) && is_of_person == (token->family_id != 0));
    assert(!is_of_person || token->account_id != 0);
    assert(token->generation >= 0);
    assert(token->issued_at >= 0 && token->issued_at < token->expires_at);
    draw_jti(pool, token);
    return jws_sign(contexts, pool, key, SLICE("at+jwt"), write_claims(pool, token), text_out);
}

/* --- checking
 * ---------------------------------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    size_t offset;
    bool required; /* and then not empty */
} texts[] = {
    {"iss", offsetof(struct access_token, issuer), true},
    {"sub", offsetof(struct access_token, subject), true},
    {"client_id", offsetof(struct access_token, client_id), true},
    {"jti", offsetof(struct access_token, jti), true},
    {"scope", offsetof(struct access_token, scope), false},
};

static const struct {
    const char *name;
    size_t offset;
} numbers[] = {
    {"iat", offsetof(struct access_token, issued_at)},
    {"exp", offsetof(struct access_token, expires_at)},
    {"generation", offsetof(struct access_token, generation)},
};

static h2o_iovec_t text_of(const json_t *value)
{
    return (h2o_iovec_t){(char *)json_string_value(value), json_string_length(value)};
}

static bool read_texts(h2o_mem_pool_t *pool, const json_t *claims, struct access_token *out)
{
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); ++i) {
        const json_t *value = json_object_get(claims, texts[i].name);
        h2o_iovec_t *to = (h2o_iovec_t *)((char *)out + texts[i].offset);
        if (value == NULL && !texts[i].required)
            continue;
        if (!json_is_string(value) || (texts[i].required && json_string_length(value) == 0))
            return false;
        *to = slice_copy(pool, text_of(value));
    }
    return true;
}

/* A number with a fraction or an exponent is a real to jansson, and no moment that we ever wrote. */
static bool read_numbers(const json_t *claims, struct access_token *out)
{
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); ++i) {
        const json_t *value = json_object_get(claims, numbers[i].name);
        if (!json_is_integer(value) || json_integer_value(value) < 0)
            return false;
        *(int64_t *)((char *)out + numbers[i].offset) = json_integer_value(value);
    }
    return true;
}

static bool read_ident(const json_t *value, enum ident_kind kind, int64_t *out)
{
    return json_is_string(value) && ident_parse(kind, text_of(value), out);
}

/* What speaks for a person says so wholly: a user's id as its subject, the account, the grant and the family. A token
 * with some of these is none that we made, and must not pass for one without a person. */
static bool read_person(const json_t *claims, struct access_token *out)
{
    const json_t *grant = json_object_get(claims, "grant"), *family = json_object_get(claims, "family");
    bool is_user = ident_parse(IDENT_USER, out->subject, &out->user_id);
    if (!is_user && grant == NULL && family == NULL)
        return true;
    return is_user && out->account_id != 0 && read_ident(grant, IDENT_GRANT, &out->grant_id) &&
           read_ident(family, IDENT_FAMILY, &out->family_id);
}

static bool read_idents(const json_t *claims, struct access_token *out)
{
    const json_t *account = json_object_get(claims, "account");
    const json_t *application = json_object_get(claims, "application");
    if (account != NULL && !read_ident(account, IDENT_ACCOUNT, &out->account_id))
        return false;
    return read_ident(application, IDENT_APPLICATION, &out->application_id) && read_person(claims, out);
}

/* aud is a text or a list of texts (RFC 7519 section 4.1.3); a list with anything else in it is not one. */
static enum jws_fault check_audience(const json_t *claims, h2o_iovec_t wanted)
{
    const json_t *audience = json_object_get(claims, "aud");
    bool found = false;
    if (json_is_string(audience))
        return slice_equal(text_of(audience), wanted) ? JWS_OK : JWS_AUDIENCE;
    if (!json_is_array(audience))
        return JWS_CLAIM;
    for (size_t i = 0; i < json_array_size(audience); ++i) {
        const json_t *member = json_array_get(audience, i);
        if (!json_is_string(member))
            return JWS_CLAIM;
        found = found || slice_equal(text_of(member), wanted);
    }
    return found ? JWS_OK : JWS_AUDIENCE;
}

static enum jws_fault check_times(const json_t *claims, const struct access_token *token, int64_t now)
{
    const json_t *not_before = json_object_get(claims, "nbf");
    int64_t latest = now + LIMIT_CLOCK_SKEW_SECONDS;
    if (not_before != NULL && !(json_is_integer(not_before) && json_integer_value(not_before) >= 0))
        return JWS_CLAIM;
    if (token->issued_at > latest || json_integer_value(not_before) > latest) /* 0 without nbf */
        return JWS_NOT_YET;
    return now < token->expires_at ? JWS_OK : JWS_EXPIRED;
}

static enum jws_fault check_claims(h2o_mem_pool_t *pool, const json_t *claims, const struct access_token *wanted,
                                   int64_t now, struct access_token *out)
{
    struct access_token token = {.audience = wanted->audience, .scope = SLICE("")};
    if (!read_texts(pool, claims, &token) || !read_numbers(claims, &token) || !read_idents(claims, &token))
        return JWS_CLAIM;
    if (!slice_equal(token.issuer, wanted->issuer))
        return JWS_ISSUER;
    enum jws_fault fault = check_audience(claims, wanted->audience);
    if (fault == JWS_OK)
        fault = check_times(claims, &token, now);
    if (fault != JWS_OK)
        return fault;
    token.audience = slice_copy(pool, wanted->audience);
    *out = token;
    return JWS_OK;
}

enum jws_fault access_token_check(struct jws_contexts *contexts, const struct key_set *keys, h2o_mem_pool_t *pool,
                                  h2o_iovec_t text, h2o_iovec_t issuer, h2o_iovec_t audience, int64_t now,
                                  struct access_token *out)
{
    json_t *claims;
    enum jws_fault fault = jws_verify(contexts, keys, SLICE("at+jwt"), text, &claims);
    if (fault != JWS_OK)
        return fault;
    fault = check_claims(pool, claims, &(struct access_token){.issuer = issuer, .audience = audience}, now, out);
    json_decref(claims);
    return fault;
}
