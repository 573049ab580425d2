/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "client/person_claims.h"

static const struct person_row ada = {
    .name = SLICE("Ada \"Countess\""), .email = SLICE("ada@example.com"), .profile_at_us = INT64_C(1790000000999999)};

static const struct {
    const char *scopes;
    const char *wanted; /* NULL: all */
    const char *told;
} cases[] = {
    {"", NULL, "{}"},
    {"openid", NULL, "{}"},
    {"offline_access openid", "name email", "{}"},
    {"openid profile", NULL, "{\"name\":\"Ada \\\"Countess\\\"\",\"updated_at\":1790000000}"},
    {"email openid", NULL, "{\"email\":\"ada@example.com\",\"email_verified\":false}"},
    {"email openid", "name", "{}"},
    {"email openid profile", "email sub phone_number", "{\"email\":\"ada@example.com\"}"},
    {"email openid profile", "emai", "{}"},
    {"email openid profile", "", "{}"},
};

static void what_scopes_cover_is_told(void **state)
{
    h2o_mem_pool_t *pool = pool_of(state);
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        struct scope_set scopes;
        struct text out;
        h2o_iovec_t wanted = cases[i].wanted == NULL ? SLICE_NONE : slice_of(cases[i].wanted);
        assert_int_equal(scope_set_parse(pool, slice_of(cases[i].scopes), &scopes), ERR_NONE);
        text_start(&out, pool, 100);
        text_add_char(&out, '{');
        person_claims_add(&out, &ada, &scopes, wanted);
        text_add_char(&out, '}');
        check_slice(cases[i].scopes, text_slice(&out), slice_of(cases[i].told));
    }
}

static void every_claim_has_a_scope_that_is_openids(void **state)
{
    h2o_iovec_t names = person_claim_names(pool_of(state));
    check_slice("all", names, SLICE("name updated_at email email_verified"));
    while (names.base != NULL)
        assert_true(scope_is_identity(person_claim_scope(slice_cut(&names, ' '))));
    assert_null(person_claim_scope(SLICE("sub")).base);
    assert_null(person_claim_scope(SLICE("")).base);
}

static void a_verified_address_is_told_as_one(void **state)
{
    h2o_mem_pool_t *pool = pool_of(state);
    struct person_row known = ada;
    struct scope_set scopes;
    struct text out;
    known.email_verified = true;
    assert_int_equal(scope_set_parse(pool, SLICE("email"), &scopes), ERR_NONE);
    text_start(&out, pool, 100);
    text_add_char(&out, '{');
    person_claims_add(&out, &known, &scopes, SLICE("email_verified"));
    text_add_char(&out, '}');
    check_slice("verified", text_slice(&out), SLICE("{\"email_verified\":true}"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_with_pool(what_scopes_cover_is_told),
        test_with_pool(a_verified_address_is_told_as_one),
        test_with_pool(every_claim_has_a_scope_that_is_openids),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
