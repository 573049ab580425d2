/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "token/logout_token.h"
#include "token_case.h"

#define NOW INT64_C(1790000000)

static struct logout_token example(void)
{
    return (struct logout_token){.issuer = SLICE("https://auth.example"),
                                 .subject = SLICE("usr_00000000003"),
                                 .audience = SLICE("hmk_client"),
                                 .session = SLICE("ses_00000000005"),
                                 .id = SLICE("c56a4180-65aa-42ec-a945-5fd21dec0538"),
                                 .issued_at = NOW,
                                 .expires_at = NOW + 120};
}

static void it_tells_the_end_of_a_login_and_nothing_else(void **state)
{
    struct token_case *c = *state;
    struct logout_token token = example();
    h2o_iovec_t text;
    json_t *claims = NULL, *wanted;
    wanted = json_loads("{\"iss\":\"https://auth.example\",\"sub\":\"usr_00000000003\",\"aud\":\"hmk_client\",\"iat\":"
                        "1790000000,\"exp\":1790000120,\"jti\":\"c56a4180-65aa-42ec-a945-5fd21dec0538\",\"sid\":"
                        "\"ses_00000000005\",\"events\":{\"http://schemas.openid.net/event/backchannel-logout\":{}}}",
                        JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(wanted);
    assert_true(logout_token_mint(c->contexts, &c->pool, c->active[TOKEN_RS256], &token, &text));
    assert_int_equal(jws_verify(c->contexts, c->keys, SLICE("logout+jwt"), text, &claims), JWS_OK);
    assert_true(json_equal(claims, wanted));
    json_decref(claims);
    json_decref(wanted);
}

static void nobody_takes_it_for_another_token(void **state)
{
    static const h2o_iovec_t types[] = {SLICE("JWT"), SLICE("at+jwt")};
    struct token_case *c = *state;
    struct logout_token token = example();
    h2o_iovec_t text;
    json_t *claims = NULL;
    assert_true(logout_token_mint(c->contexts, &c->pool, c->active[TOKEN_ES256], &token, &text));
    for (size_t i = 0; i < COUNT_OF(types); ++i)
        assert_int_equal(jws_verify(c->contexts, c->keys, types[i], text, &claims), JWS_TYPE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_tells_the_end_of_a_login_and_nothing_else),
        cmocka_unit_test(nobody_takes_it_for_another_token),
    };
    return cmocka_run_group_tests(tests, token_case_setup, token_case_teardown);
}
