/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "base/limits.h"
#include "token/id_token.h"
#include "token_case.h"

#define NOW INT64_C(1790000000)

static struct id_token example(void)
{
    return (struct id_token){
        .issuer = SLICE("https://auth.example"),
        .subject = SLICE("usr_00000000003"),
        .audience = SLICE("hmk_client"),
        .nonce = SLICE_NONE,
        .access_token = SLICE("an access token"),
        .methods = SLICE(""),
        .session = SLICE_NONE,
        .more = SLICE(""),
        .auth_time = NOW - 60,
        .issued_at = NOW,
        .expires_at = NOW + 600,
    };
}

/* at_hash: the first 16 bytes of the text's SHA-256, worked out with Python's hashlib. */
#define LEAST                                                                                                          \
    "\"iss\":\"https://auth.example\",\"sub\":\"usr_00000000003\",\"aud\":\"hmk_client\",\"exp\":1790000600,"          \
    "\"iat\":1790000000,\"auth_time\":1789999940,\"at_hash\":\"FPlcM-1UXiivOYozpUrp7Q\""

static void check_claims(struct token_case *c, const struct id_token *token, const char *wanted_text)
{
    h2o_iovec_t text;
    json_t *claims = NULL, *wanted = json_loads(wanted_text, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(wanted);
    assert_true(id_token_mint(c->contexts, &c->pool, c->active[TOKEN_RS256], token, &text));
    assert_int_equal(jws_verify(c->contexts, c->keys, SLICE("JWT"), text, &claims), JWS_OK);
    assert_true(json_equal(claims, wanted));
    json_decref(claims);
    json_decref(wanted);
}

static void what_is_not_known_is_left_out(void **state)
{
    struct id_token token = example();
    check_claims(*state, &token, "{" LEAST "}");
}

static void what_is_known_is_told(void **state)
{
    struct id_token token = example();
    token.nonce = SLICE("\"quoted\" \\");
    token.methods = SLICE("pwd");
    token.session = SLICE("ses_00000000005");
    token.more = SLICE("\"name\":\"Ada\"");
    check_claims(*state, &token,
                 "{" LEAST ",\"nonce\":\"\\\"quoted\\\" \\\\\",\"amr\":[\"pwd\"],\"acr\":\"" ID_TOKEN_ACR_ONE
                 "\",\"sid\":\"ses_00000000005\",\"name\":\"Ada\"}");
    token = example();
    token.methods = SLICE("pwd otp mfa");
    token.nonce = SLICE("");
    check_claims(*state, &token,
                 "{" LEAST ",\"nonce\":\"\",\"amr\":[\"pwd\",\"otp\",\"mfa\"],\"acr\":\"" ID_TOKEN_ACR_TWO "\"}");
}

static void no_resource_takes_it_for_an_access_token(void **state)
{
    struct token_case *c = *state;
    struct id_token token = example();
    h2o_iovec_t text;
    json_t *claims = NULL;
    assert_true(id_token_mint(c->contexts, &c->pool, c->active[TOKEN_ES256], &token, &text));
    assert_int_equal(jws_verify(c->contexts, c->keys, SLICE("at+jwt"), text, &claims), JWS_TYPE);
}

static void what_is_too_long_is_not_minted(void **state)
{
    struct token_case *c = *state;
    struct id_token token = example();
    h2o_iovec_t text = SLICE("untouched");
    token.nonce = slice_format(&c->pool, "%*s", LIMIT_TOKEN_BYTES_MAX, "x");
    assert_false(id_token_mint(c->contexts, &c->pool, c->active[TOKEN_RS256], &token, &text));
    check_slice("untouched", text, SLICE("untouched"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_known_is_left_out),
        cmocka_unit_test(what_is_known_is_told),
        cmocka_unit_test(no_resource_takes_it_for_an_access_token),
        cmocka_unit_test(what_is_too_long_is_not_minted),
    };
    return cmocka_run_group_tests(tests, token_case_setup, token_case_teardown);
}
