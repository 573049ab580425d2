/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "base/credential.h"
#include "base/limits.h"
#include "token/access_token.h"
#include "token/jws_contexts.h"
#include "token_case.h"

#define ISSUER   "https://auth.example"
#define AUDIENCE "https://api.example"
#define NOW      INT64_C(1790000000)

#define HEADER "{\"alg\":\"EdDSA\",\"kid\":\"<kid>\",\"typ\":\"at+jwt\"}"

/* Each claim of a good token, so that a case can leave one out or put another in its place. */
#define ISS         "\"iss\":\"" ISSUER "\""
#define SUB         "\"sub\":\"somebody\""
#define USER        "\"sub\":\"usr_00000000003\""
#define GRANT       "\"grant\":\"grt_00000000004\""
#define FAMILY      "\"family\":\"fam_00000000005\""
#define AUD         "\"aud\":\"" AUDIENCE "\""
#define CLIENT      "\"client_id\":\"a client\""
#define IAT         "\"iat\":1790000000"
#define EXP         "\"exp\":1790000600"
#define JTI         "\"jti\":\"0123456789abcdefghijkl\""
#define SCOPE       "\"scope\":\"customers:read\""
#define ACCOUNT     "\"account\":\"acc_0000000B\""
#define APPLICATION "\"application\":\"app_0000000000C\""
#define GENERATION  "\"generation\":3"

static enum jws_fault check_text(struct token_case *c, h2o_iovec_t text, struct access_token *out)
{
    return access_token_check(c->contexts, c->keys, &c->pool, text, SLICE(ISSUER), SLICE(AUDIENCE), NOW, out);
}

static void check_claims(struct token_case *c, const char *name, const char *claims, enum jws_fault wanted)
{
    struct access_token token = {.jti = SLICE("untouched")};
    h2o_iovec_t text = token_case_sign(c, TOKEN_EDDSA, SLICE(HEADER), slice_of(claims));
    enum jws_fault fault = check_text(c, text, &token);
    check_slice(name, slice_of(jws_fault_word(fault)), slice_of(jws_fault_word(wanted)));
    check(name, slice_equal(token.jti, SLICE("untouched")) == (fault != JWS_OK));
}

/* The claims of a good token with `replacement` in the place of one of them; "" leaves it out. */
static const char *claims_with(struct token_case *c, const char *claim, const char *replacement)
{
    static const char *const all[] = {ISS, SUB, AUD, CLIENT, IAT, EXP, JTI, SCOPE, ACCOUNT, APPLICATION, GENERATION};
    h2o_iovec_t text = SLICE("{\"other\":null");
    bool replaced = false;
    for (size_t i = 0; i < COUNT_OF(all); ++i) {
        bool here = strcmp(all[i], claim) == 0;
        const char *used = here ? replacement : all[i];
        replaced = replaced || here;
        text = slice_format(&c->pool, "%.*s%s%s", SLICE_ARGS(text), used[0] == '\0' ? "" : ",", used);
    }
    assert_true(replaced);
    return slice_format(&c->pool, "%.*s}", SLICE_ARGS(text)).base;
}

static const struct {
    const char *name, *claim, *replacement;
    enum jws_fault fault;
} cases[] = {
    /* texts */
    {"no iss", ISS, "", JWS_CLAIM},
    {"iss empty", ISS, "\"iss\":\"\"", JWS_CLAIM},
    {"iss null", ISS, "\"iss\":null", JWS_CLAIM},
    {"iss in an array", ISS, "\"iss\":[\"" ISSUER "\"]", JWS_CLAIM},
    {"iss of another", ISS, "\"iss\":\"https://evil.example\"", JWS_ISSUER},
    {"iss with a slash", ISS, "\"iss\":\"" ISSUER "/\"", JWS_ISSUER},
    {"iss in capitals", ISS, "\"iss\":\"HTTPS://AUTH.EXAMPLE\"", JWS_ISSUER},
    {"iss with port", ISS, "\"iss\":\"" ISSUER ":443\"", JWS_ISSUER},
    {"iss with more behind", ISS, "\"iss\":\"" ISSUER ".evil.example\"", JWS_ISSUER},
    {"iss cut", ISS, "\"iss\":\"https://auth.exampl\"", JWS_ISSUER},
    {"no sub", SUB, "", JWS_CLAIM},
    {"sub empty", SUB, "\"sub\":\"\"", JWS_CLAIM},
    {"sub a number", SUB, "\"sub\":7", JWS_CLAIM},
    {"no client_id", CLIENT, "", JWS_CLAIM},
    {"client_id empty", CLIENT, "\"client_id\":\"\"", JWS_CLAIM},
    {"client_id an object", CLIENT, "\"client_id\":{}", JWS_CLAIM},
    {"no jti", JTI, "", JWS_CLAIM},
    {"jti empty", JTI, "\"jti\":\"\"", JWS_CLAIM},
    {"jti a number", JTI, "\"jti\":1", JWS_CLAIM},
    {"scope an array", SCOPE, "\"scope\":[\"customers:read\"]", JWS_CLAIM},
    {"scope null", SCOPE, "\"scope\":null", JWS_CLAIM},
    {"scope true", SCOPE, "\"scope\":true", JWS_CLAIM},

    /* a person stands there wholly or not at all */
    {"sub a user without a grant", SUB, USER, JWS_CLAIM},
    {"a grant without a user", SUB, SUB "," GRANT "," FAMILY, JWS_CLAIM},
    {"a family without a user", SUB, SUB "," FAMILY, JWS_CLAIM},
    {"a grant null without a user", SUB, SUB ",\"grant\":null", JWS_CLAIM},
    {"a user without a family", SUB, USER "," GRANT, JWS_CLAIM},
    {"a user without a grant", SUB, USER "," FAMILY, JWS_CLAIM},
    {"a grant that is a number", SUB, USER "," FAMILY ",\"grant\":7", JWS_CLAIM},
    {"a grant that is a family", SUB, USER "," FAMILY ",\"grant\":\"fam_00000000005\"", JWS_CLAIM},
    {"grant zero", SUB, USER "," FAMILY ",\"grant\":\"grt_00000000000\"", JWS_CLAIM},
    {"a whole person", SUB, USER "," GRANT "," FAMILY, JWS_OK},

    /* aud */
    {"no aud", AUD, "", JWS_CLAIM},
    {"aud empty", AUD, "\"aud\":\"\"", JWS_AUDIENCE},
    {"aud null", AUD, "\"aud\":null", JWS_CLAIM},
    {"aud an object", AUD, "\"aud\":{\"" AUDIENCE "\":1}", JWS_CLAIM},
    {"aud of another", AUD, "\"aud\":\"https://other.example\"", JWS_AUDIENCE},
    {"aud with a slash", AUD, "\"aud\":\"" AUDIENCE "/\"", JWS_AUDIENCE},
    {"aud in one text with ours", AUD, "\"aud\":\"" AUDIENCE " https://other.example\"", JWS_AUDIENCE},
    {"aud without members", AUD, "\"aud\":[]", JWS_AUDIENCE},
    {"aud array without us", AUD, "\"aud\":[\"https://other.example\",\"https://third.example\"]", JWS_AUDIENCE},
    {"aud array in an array", AUD, "\"aud\":[[\"" AUDIENCE "\"]]", JWS_CLAIM},
    {"aud array with us and a number", AUD, "\"aud\":[\"" AUDIENCE "\",1]", JWS_CLAIM},
    {"aud is the issuer", AUD, "\"aud\":\"" ISSUER "\"", JWS_AUDIENCE},

    /* exp */
    {"no exp", EXP, "", JWS_CLAIM},
    {"exp null", EXP, "\"exp\":null", JWS_CLAIM},
    {"exp a string", EXP, "\"exp\":\"1790000600\"", JWS_CLAIM},
    {"exp with a fraction", EXP, "\"exp\":1790000600.5", JWS_CLAIM},
    {"exp with .0", EXP, "\"exp\":1790000600.0", JWS_CLAIM},
    {"exp with an exponent", EXP, "\"exp\":179e7", JWS_CLAIM},
    {"exp 1e400", EXP, "\"exp\":1e400", JWS_PAYLOAD},
    {"exp 1e300", EXP, "\"exp\":1e300", JWS_CLAIM},
    {"exp 2^63", EXP, "\"exp\":9223372036854775808", JWS_PAYLOAD},
    {"exp 2^64", EXP, "\"exp\":18446744073709551616", JWS_PAYLOAD},
    {"exp negative", EXP, "\"exp\":-1", JWS_CLAIM},
    {"exp -2^63", EXP, "\"exp\":-9223372036854775808", JWS_CLAIM},
    {"exp true", EXP, "\"exp\":true", JWS_CLAIM},
    {"exp in an array", EXP, "\"exp\":[1790000600]", JWS_CLAIM},
    {"exp 0", EXP, "\"exp\":0", JWS_EXPIRED},
    {"exp long ago", EXP, "\"exp\":1700000000", JWS_EXPIRED},
    {"exp a second ago", EXP, "\"exp\":1789999999", JWS_EXPIRED},
    {"exp now", EXP, "\"exp\":1790000000", JWS_EXPIRED},
    {"exp twice", EXP, EXP "," EXP, JWS_PAYLOAD},
    {"exp in milliseconds is far away, not wrong", EXP, "\"exp\":1790000600000", JWS_OK},

    /* iat and nbf */
    {"no iat", IAT, "", JWS_CLAIM},
    {"iat a string", IAT, "\"iat\":\"1790000000\"", JWS_CLAIM},
    {"iat with a fraction", IAT, "\"iat\":1790000000.25", JWS_CLAIM},
    {"iat negative", IAT, "\"iat\":-5", JWS_CLAIM},
    {"iat 11 s ahead", IAT, "\"iat\":1790000011", JWS_NOT_YET},
    {"iat 2^63-1", IAT, "\"iat\":9223372036854775807", JWS_NOT_YET},
    {"nbf 11 s ahead", IAT, IAT ",\"nbf\":1790000011", JWS_NOT_YET},
    {"nbf far ahead", IAT, IAT ",\"nbf\":9223372036854775807", JWS_NOT_YET},
    {"nbf a string", IAT, IAT ",\"nbf\":\"1790000000\"", JWS_CLAIM},
    {"nbf null", IAT, IAT ",\"nbf\":null", JWS_CLAIM},
    {"nbf with a fraction", IAT, IAT ",\"nbf\":1.5", JWS_CLAIM},
    {"nbf negative", IAT, IAT ",\"nbf\":-1", JWS_CLAIM},

    /* ours */
    {"account a number", ACCOUNT, "\"account\":11", JWS_CLAIM},
    {"account null", ACCOUNT, "\"account\":null", JWS_CLAIM},
    {"account zero", ACCOUNT, "\"account\":\"acc_00000000\"", JWS_CLAIM},
    {"account of another kind", ACCOUNT, "\"account\":\"app_0000000000C\"", JWS_CLAIM},
    {"account above 2^47", ACCOUNT, "\"account\":\"acc_zzzzzzzz\"", JWS_CLAIM},
    {"account empty", ACCOUNT, "\"account\":\"\"", JWS_CLAIM},
    {"no application", APPLICATION, "", JWS_CLAIM},
    {"application a number", APPLICATION, "\"application\":12", JWS_CLAIM},
    {"application zero", APPLICATION, "\"application\":\"app_00000000000\"", JWS_CLAIM},
    {"application above 2^63", APPLICATION, "\"application\":\"app_zzzzzzzzzzz\"", JWS_CLAIM},
    {"no generation", GENERATION, "", JWS_CLAIM},
    {"generation a string", GENERATION, "\"generation\":\"3\"", JWS_CLAIM},
    {"generation negative", GENERATION, "\"generation\":-3", JWS_CLAIM},
    {"generation with a fraction", GENERATION, "\"generation\":3.0", JWS_CLAIM},

    /* what is right */
    {"unchanged", ISS, ISS, JWS_OK},
    {"aud array with us alone", AUD, "\"aud\":[\"" AUDIENCE "\"]", JWS_OK},
    {"aud array with us last", AUD, "\"aud\":[\"https://other.example\",\"" AUDIENCE "\"]", JWS_OK},
    {"aud with escapes", AUD, "\"aud\":\"https:\\/\\/api.example\"", JWS_OK},
    {"exp in a second", EXP, "\"exp\":1790000001", JWS_OK},
    {"iat 10 s ahead", IAT, "\"iat\":1790000010", JWS_OK},
    {"nbf 10 s ahead", IAT, IAT ",\"nbf\":1790000010", JWS_OK},
    {"nbf long ago", IAT, IAT ",\"nbf\":0", JWS_OK},
    {"no scope", SCOPE, "", JWS_OK},
    {"scope empty", SCOPE, "\"scope\":\"\"", JWS_OK},
    {"no account", ACCOUNT, "", JWS_OK},
};

static void claims_are_judged_one_by_one(void **state)
{
    struct token_case *c = *state;
    for (size_t i = 0; i < COUNT_OF(cases); ++i)
        check_claims(c, cases[i].name, claims_with(c, cases[i].claim, cases[i].replacement), cases[i].fault);
    check_claims(c, "no claims", "{}", JWS_CLAIM);
}

/* Right claims in a token of another kind: an ID token, a logout token, an assertion, a DPoP proof. */
static void other_kinds_of_tokens_are_refused(void **state)
{
    struct token_case *c = *state;
    static const char *const types[] = {"JWT", "jwt", "logout+jwt", "dpop+jwt", "client-authentication+jwt", "at+JWTx"};
    h2o_iovec_t claims = slice_of(claims_with(c, ISS, ISS));
    for (size_t i = 0; i < COUNT_OF(types); ++i) {
        h2o_iovec_t text;
        struct access_token token;
        assert_true(jws_sign(c->contexts, &c->pool, c->active[TOKEN_ES256], slice_of(types[i]), claims, &text));
        check(types[i], check_text(c, text, &token) == JWS_TYPE);
    }
}

/* The claims say all that is right, but whether anybody signed them is asked first. */
static void claims_are_not_read_before_the_signature(void **state)
{
    struct token_case *c = *state;
    struct access_token token;
    h2o_iovec_t text = token_case_sign(c, TOKEN_EDDSA, SLICE(HEADER), slice_of(claims_with(c, EXP, "\"exp\":1")));
    assert_int_equal(check_text(c, text, &token), JWS_EXPIRED);
    text.base[text.len - 4] = text.base[text.len - 4] == 'A' ? 'B' : 'A';
    assert_int_equal(check_text(c, text, &token), JWS_SIGNATURE);
}

/* --- minting
 * ------------------------------------------------------------------------------------------------------------ */

static struct access_token example(void)
{
    return (struct access_token){
        .issuer = SLICE(ISSUER),
        .audience = SLICE(AUDIENCE),
        .subject = SLICE("hmk_0000000B0123456789abcdefghij"),
        .client_id = SLICE("hmk_0000000B0123456789abcdefghij"),
        .scope = SLICE("customers:read customers:write"),
        .account_id = 11,
        .application_id = INT64_MAX,
        .generation = 3,
        .issued_at = NOW,
        .expires_at = NOW + LIMIT_TOKEN_SECONDS,
    };
}

static json_t *claims_of(struct token_case *c, h2o_iovec_t text)
{
    json_t *claims = NULL;
    assert_int_equal(jws_verify(c->contexts, c->keys, SLICE("at+jwt"), text, &claims), JWS_OK);
    return claims;
}

static void minted_tokens_have_the_claims_of_rfc_9068(void **state)
{
    struct token_case *c = *state;
    struct access_token token = example();
    h2o_iovec_t text;
    assert_true(access_token_mint(c->contexts, &c->pool, c->active[TOKEN_ES256], &token, &text));
    assert_int_equal(token.jti.len, ACCESS_TOKEN_JTI_BYTES);
    json_t *wanted = json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:s%, s:s, s:s, s:s, s:i}", "iss", ISSUER, "sub",
                               token.subject.base, "aud", AUDIENCE, "client_id", token.client_id.base, "iat",
                               (json_int_t)NOW, "exp", (json_int_t)NOW + 600, "jti", token.jti.base, token.jti.len,
                               "scope", "customers:read customers:write", "account", "acc_0000000B", "application",
                               "app_AzL8n0Y58m7", "generation", 3);
    json_t *claims = claims_of(c, text);
    assert_non_null(wanted);
    assert_true(json_equal(claims, wanted));
    json_decref(claims);
    json_decref(wanted);
}

static void what_is_empty_is_left_out(void **state)
{
    struct token_case *c = *state;
    struct access_token token = example(), back;
    h2o_iovec_t text;
    const h2o_iovec_t scopes[] = {SLICE_NONE, SLICE("")};
    token.account_id = 0;
    for (size_t i = 0; i < COUNT_OF(scopes); ++i) {
        token.scope = scopes[i];
        assert_true(access_token_mint(c->contexts, &c->pool, c->active[TOKEN_ES256], &token, &text));
        json_t *claims = claims_of(c, text);
        assert_null(json_object_get(claims, "scope"));
        assert_null(json_object_get(claims, "account"));
        assert_int_equal(json_object_size(claims), 9);
        json_decref(claims);
    }
    assert_int_equal(check_text(c, text, &back), JWS_OK);
    assert_int_equal(back.scope.len, 0);
    assert_int_equal(back.account_id, 0);
}

static void minted_tokens_are_read_back(void **state)
{
    struct token_case *c = *state;
    for (unsigned i = 0; i < TOKEN_ALGORITHM__MAX; ++i) {
        struct access_token token = example(), back;
        h2o_iovec_t text;
        token.subject = SLICE("\"quotes\", \\ and \xc3\xa4\xf0\x9f\x98\x80\n");
        assert_true(access_token_mint(c->contexts, &c->pool, c->active[i], &token, &text));
        assert_int_equal(check_text(c, text, &back), JWS_OK);
        check_slice("issuer", back.issuer, token.issuer);
        check_slice("audience", back.audience, token.audience);
        check_slice("subject", back.subject, token.subject);
        check_slice("client_id", back.client_id, token.client_id);
        check_slice("scope", back.scope, token.scope);
        check_slice("jti", back.jti, token.jti);
        assert_true(back.account_id == token.account_id && back.application_id == token.application_id);
        assert_true(back.generation == token.generation);
        assert_true(back.issued_at == token.issued_at && back.expires_at == token.expires_at);
    }
}

static void every_token_has_a_jti_of_its_own(void **state)
{
    struct token_case *c = *state;
    char seen[50][ACCESS_TOKEN_JTI_BYTES];
    for (size_t i = 0; i < COUNT_OF(seen); ++i) {
        struct access_token token = example();
        h2o_iovec_t text;
        assert_true(access_token_mint(c->contexts, &c->pool, c->active[TOKEN_ES256], &token, &text));
        memcpy(seen[i], token.jti.base, sizeof(seen[i]));
        for (size_t j = 0; j < i; ++j)
            assert_memory_not_equal(seen[i], seen[j], sizeof(seen[i]));
    }
}

static void tokens_that_are_too_long_are_not_minted(void **state)
{
    struct token_case *c = *state;
    struct access_token token = example();
    h2o_iovec_t text = SLICE("untouched");
    token.scope = slice_format(&c->pool, "%*s", LIMIT_TOKEN_BYTES_MAX, "x");
    assert_false(access_token_mint(c->contexts, &c->pool, c->active[TOKEN_ES256], &token, &text));
    check_slice("untouched", text, SLICE("untouched"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(claims_are_judged_one_by_one),
        cmocka_unit_test(other_kinds_of_tokens_are_refused),
        cmocka_unit_test(claims_are_not_read_before_the_signature),
        cmocka_unit_test(minted_tokens_have_the_claims_of_rfc_9068),
        cmocka_unit_test(what_is_empty_is_left_out),
        cmocka_unit_test(minted_tokens_are_read_back),
        cmocka_unit_test(every_token_has_a_jti_of_its_own),
        cmocka_unit_test(tokens_that_are_too_long_are_not_minted),
    };
    return cmocka_run_group_tests(tests, token_case_setup, token_case_teardown);
}
