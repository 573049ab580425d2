/* SPDX-License-Identifier: Apache-2.0 */
#include "grants/pkce.h"

#include "base/secret.h"
#include "check.h"

#define VERIFIER "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk" /* RFC 7636 appendix B */

static void the_example_of_the_rfc(void **state)
{
    char challenge[PKCE_CHALLENGE_BYTES];
    (void)state;
    assert_true(pkce_verifier_ok(SLICE(VERIFIER)));
    pkce_challenge(SLICE(VERIFIER), challenge);
    check_slice("challenge", (h2o_iovec_t){challenge, sizeof(challenge)},
                SLICE("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"));
    assert_true(pkce_challenge_ok((h2o_iovec_t){challenge, sizeof(challenge)}));
}

static void item_26_verifiers_that_are_none(void **state)
{
    char text[130];
    (void)state;
    memset(text, 'a', sizeof(text));
    for (size_t len = 0; len <= sizeof(text); ++len)
        check("length", pkce_verifier_ok((h2o_iovec_t){text, len}) == (len >= 43 && len <= 128));
    for (int c = 0; c < 256; ++c) {
        text[7] = (char)c;
        bool is_unreserved =
            c != 0 && strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~", c) != NULL;
        check("alphabet", pkce_verifier_ok((h2o_iovec_t){text, 43}) == is_unreserved);
    }
}

static void challenges_that_are_none(void **state)
{
    static const char *const wrong[] = {"",
                                        VERIFIER "x",
                                        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-c",
                                        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM",
                                        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-c=",
                                        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cN" /* bits behind the end */};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(wrong); ++i)
        check(wrong[i], !pkce_challenge_ok(slice_of(wrong[i])));
}

static int start(void **state)
{
    (void)state;
    secret_start();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_of_the_rfc),
        cmocka_unit_test(item_26_verifiers_that_are_none),
        cmocka_unit_test(challenges_that_are_none),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
