/* SPDX-License-Identifier: Apache-2.0 */
/* links: tests/support/token_case.c server/token/[a-z]*.c server/base/[a-z]*.c */
/* The first two bytes say what the rest is: a token as it came, or what is signed with one of our keys, so that the
 * checks behind the signature are reached: header and payload (between them a newline), or the value of one member of
 * either. */
#include "base/codec.h"
#include "base/limits.h"
#include "tests/support/token_case.h"
#include "token/access_token.h"
#include "token/jws_contexts.h"
#include <assert.h>

#define ISSUER   "https://auth.example"
#define AUDIENCE "https://api.example"
#define NOW      INT64_C(1790000000)

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static struct token_case *c;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    return token_case_setup((void **)&c);
}

struct member {
    const char *name, *value;
};

static const struct member claims[] = {
    {"iss", "\"" ISSUER "\""},
    {"sub", "\"somebody\""},
    {"aud", "\"" AUDIENCE "\""},
    {"client_id", "\"a client\""},
    {"iat", "1790000000"},
    {"exp", "1790000600"},
    {"jti", "\"0123456789\""},
    {"scope", "\"customers:read\""},
    {"account", "\"acc_0000000B\""},
    {"application", "\"app_0000000000C\""},
    {"generation", "3"},
    {"nbf", "0"},
};

/* An object of these members, where the one chosen has another value; a choice beyond them changes none. */
static h2o_iovec_t object_of(const struct member *members, size_t count, size_t chosen, h2o_iovec_t value)
{
    h2o_iovec_t text = SLICE("{");
    for (size_t i = 0; i < count; ++i) {
        h2o_iovec_t used = i == chosen ? value : slice_of(members[i].value);
        text = slice_format(&c->pool, "%.*s%s\"%s\":%.*s", SLICE_ARGS(text), i == 0 ? "" : ",", members[i].name,
                            SLICE_ARGS(used));
    }
    return slice_format(&c->pool, "%.*s}", SLICE_ARGS(text));
}

#define MEMBERS(list) (list), sizeof(list) / sizeof((list)[0])

static h2o_iovec_t header_of(enum token_algorithm algorithm, size_t chosen, h2o_iovec_t value)
{
    const struct member members[] = {
        {"kid", "\"<kid>\""}, {"typ", "\"at+jwt\""}, {"alg", algorithm == TOKEN_ES256 ? "\"ES256\"" : "\"EdDSA\""}};
    return object_of(MEMBERS(members), chosen, value);
}

/* RSA signing would take most of the time and changes nothing that is of interest here. */
static h2o_iovec_t token_of(uint8_t kind, uint8_t choice, h2o_iovec_t rest)
{
    enum token_algorithm algorithm = choice % 2 == 0 ? TOKEN_ES256 : TOKEN_EDDSA;
    h2o_iovec_t header = header_of(algorithm, SIZE_MAX, SLICE_NONE),
                payload = object_of(MEMBERS(claims), SIZE_MAX, SLICE_NONE);
    switch (kind % 5) {
    case 0:
        return rest;
    case 1:
        header = slice_cut(&rest, '\n');
        return token_case_sign(c, algorithm, header, rest);
    case 2:
        return token_case_sign(c, algorithm, header, object_of(MEMBERS(claims), choice / 2 % 13, rest));
    case 3:
        return token_case_sign(c, algorithm, header_of(algorithm, choice / 2 % 4, rest), payload);
    default:
        header = token_case_with_kid(&c->pool, header, c->active[algorithm]);
        return token_case_join(&c->pool, token_case_signing_input(&c->pool, header, payload), rest);
    }
}

/* An accepted token is one spelling of three segments within the bounds. */
static void check_form(h2o_iovec_t token)
{
    uint8_t decoded[LIMIT_TOKEN_BYTES_MAX];
    char again[LIMIT_TOKEN_BYTES_MAX + 4];
    h2o_iovec_t rest = token;
    unsigned segments = 0;
    assert(token.len <= LIMIT_TOKEN_BYTES_MAX);
    while (rest.base != NULL) {
        h2o_iovec_t segment = slice_cut(&rest, '.');
        size_t len;
        bool canonical = codec_base64url_decode(decoded, &len, segment);
        assert(canonical && segment.len > 0);
        assert(slice_equal((h2o_iovec_t){again, codec_base64url_encode(again, decoded, len)}, segment));
        ++segments;
    }
    assert(segments == 3);
}

static void check_claims(const struct access_token *token)
{
    assert(slice_equal(token->issuer, SLICE(ISSUER)) && slice_equal(token->audience, SLICE(AUDIENCE)));
    assert(token->subject.len > 0 && token->client_id.len > 0 && token->jti.len > 0);
    assert(token->expires_at > NOW && token->issued_at >= 0 && token->issued_at <= NOW + LIMIT_CLOCK_SKEW_SECONDS);
    assert(token->account_id >= 0 && token->application_id > 0 && token->generation >= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct access_token token;
    json_t *payload = NULL;
    if (len < 2)
        return 0;
    h2o_iovec_t text = token_of(bytes[0], bytes[1], (h2o_iovec_t){(char *)bytes + 2, len - 2});
    enum jws_fault fault = jws_verify(c->contexts, c->keys, SLICE("at+jwt"), text, &payload);
    assert((fault == JWS_OK) == (payload != NULL));
    if (fault == JWS_OK)
        check_form(text);
    json_decref(payload);

    enum jws_fault of_token =
        access_token_check(c->contexts, c->keys, &c->pool, text, SLICE(ISSUER), SLICE(AUDIENCE), NOW, &token);
    assert(fault == JWS_OK || of_token == fault);
    if (of_token == JWS_OK)
        check_claims(&token);
    h2o_mem_clear_pool(&c->pool);
    return 0;
}
