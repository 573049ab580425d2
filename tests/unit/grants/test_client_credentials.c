/* SPDX-License-Identifier: Apache-2.0 */
#include "grants/client_credentials.h"

#include "check.h"
#include "policy_case.h"

#define NOW_S  INT64_C(1800000000)
#define ISSUER SLICE("https://id.example")

struct bed {
    h2o_mem_pool_t pool;
    struct policy *policy;
    struct jws_contexts *contexts;
    struct form form;
    struct client client;
    struct grant_ask ask;
};

static void open_bed(struct bed *bed, const struct policy_case *c)
{
    memset(bed, 0, sizeof(*bed));
    h2o_mem_init_pool(&bed->pool);
    bed->policy = policy_case_build(c);
    bed->contexts = jws_contexts_create();
    bed->client = (struct client){.account_id = 7,
                                  .application_id = 5,
                                  .holder_id = 3,
                                  .holder_active = true,
                                  .client_id = SLICE("hmk_x"),
                                  .generation = 4,
                                  .expires_us = INT64_MAX};
    assert_int_equal(scope_set_parse(&bed->pool, SLICE("customers:read history:read"), &bed->client.effective), 0);
    bed->client.scopes = bed->client.effective;
    bed->ask = (struct grant_ask){.pool = &bed->pool,
                                  .form = &bed->form,
                                  .policy = bed->policy,
                                  .client = &bed->client,
                                  .account_id = 7,
                                  .contexts = bed->contexts,
                                  .issuer = ISSUER,
                                  .api = &bed->policy->apis[0],
                                  .now_s = NOW_S,
                                  .detail = SLICE_NONE};
}

static int setup(void **state)
{
    static struct bed bed;
    struct policy_case c;
    secret_start();
    policy_case_start(&c);
    open_bed(&bed, &c);
    *state = &bed;
    return 0;
}

static int teardown(void **state)
{
    struct bed *bed = *state;
    jws_contexts_destroy(bed->contexts);
    policy_release(bed->policy);
    h2o_mem_clear_pool(&bed->pool);
    return 0;
}

static enum err ask(struct bed *bed, const char *body, struct grant_yield *yield)
{
    assert_int_equal(form_parse(&bed->pool, slice_of(body), NULL, &bed->form), ERR_NONE);
    enum err err = (client_credentials_grant.check)(&bed->ask); /* not the macro of that name */
    return err != ERR_NONE ? err : client_credentials_grant.issue(&bed->ask, yield);
}

static void open_token(struct bed *bed, const struct grant_yield *yield, struct access_token *out)
{
    assert_int_equal(access_token_check(bed->contexts, bed->policy->keys, &bed->pool, yield->access_token, ISSUER,
                                        bed->ask.api->audience, NOW_S, out),
                     JWS_OK);
}

static void without_an_active_key_it_is_our_fault(void **state)
{
    struct bed bed;
    struct policy_case c;
    struct grant_yield yield;
    (void)state;
    policy_case_start(&c);
    c.without_keys = true;
    open_bed(&bed, &c);
    assert_int_equal(ask(&bed, "", &yield), ERR_INTERNAL);
    policy_case_start(&c);
    void *again = &bed;
    teardown(&again);
    c.apis[0].algorithm = SLICE("RS256"); /* no key signs so */
    open_bed(&bed, &c);
    assert_int_equal(ask(&bed, "", &yield), ERR_INTERNAL);
    teardown(&again);
}

static void more_than_it_may_is_refused(void **state)
{
    struct bed *bed = *state;
    struct grant_yield yield;
    assert_int_equal(ask(bed, "scope=customers:write", &yield), ERR_INVALID_SCOPE);
    assert_non_null(bed->ask.detail.base);
    assert_int_equal(ask(bed, "scope=+", &yield), ERR_INVALID_SCOPE);
}

/* RFC 9068 section 2.2, and section 5 of it: the subject is the client itself. */
static void the_token_says_who_and_what_for(void **state)
{
    struct bed *bed = *state;
    struct grant_yield yield;
    struct access_token token;
    assert_int_equal(ask(bed, "scope=history:read", &yield), ERR_NONE);
    open_token(bed, &yield, &token);
    check_slice("iss", token.issuer, ISSUER);
    check_slice("aud", token.audience, SLICE("https://id.example/api2/public"));
    check_slice("sub", token.subject, SLICE("hmk_x"));
    check_slice("client_id", token.client_id, SLICE("hmk_x"));
    check_slice("scope", token.scope, SLICE("history:read"));
    check_slice("jti", token.jti, yield.jti);
    assert_int_equal(token.account_id, 7);
    assert_int_equal(token.application_id, 5);
    assert_int_equal(token.generation, 4);
    assert_int_equal(token.issued_at, NOW_S);
    assert_int_equal(token.expires_at, NOW_S + 600);
    assert_int_equal(yield.expires_in, 600);
}

/* What was asked is what was granted: then the answer leaves it out. */
static void scope_is_told_when_nothing_was_asked(void **state)
{
    struct bed *bed = *state;
    struct grant_yield yield;
    assert_int_equal(ask(bed, "scope=history:read+customers:read", &yield), ERR_NONE);
    assert_null(yield.scope.base);
    assert_int_equal(ask(bed, "scope=", &yield), ERR_NONE);
    check_slice("all", yield.scope, SLICE("customers:read history:read"));
    assert_int_equal(ask(bed, "", &yield), ERR_NONE);
    check_slice("all", yield.scope, SLICE("customers:read history:read"));
}

static void a_token_does_not_outlive_its_key(void **state)
{
    static const struct {
        int64_t expires_us, expires_in;
    } cases[] = {{INT64_MAX, 600},
                 {(NOW_S + 600) * 1000000, 600},
                 {(NOW_S + 599) * 1000000 + 1, 600},
                 {(NOW_S + 599) * 1000000, 599},
                 {NOW_S * 1000000 + 1, 1}};
    struct bed *bed = *state;
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        struct grant_yield yield;
        bed->client.expires_us = cases[i].expires_us;
        assert_int_equal(ask(bed, "", &yield), ERR_NONE);
        assert_int_equal(yield.expires_in, cases[i].expires_in);
    }
}

/* The client was judged a moment before, by another look at the clock. */
static void a_key_that_has_just_ended_gives_no_token(void **state)
{
    static const int64_t ends_us[] = {NOW_S * 1000000, NOW_S * 1000000 - 1, (NOW_S - 5) * 1000000};
    struct bed *bed = *state;
    for (size_t i = 0; i < COUNT_OF(ends_us); ++i) {
        struct grant_yield yield;
        bed->client.expires_us = ends_us[i];
        assert_int_equal(ask(bed, "", &yield), ERR_INVALID_CLIENT);
    }
}

static void each_api_has_its_audience_and_lifetime(void **state)
{
    struct bed *bed = *state;
    struct grant_yield yield;
    struct access_token token;
    bed->ask.api = &bed->policy->apis[1];
    assert_int_equal(ask(bed, "", &yield), ERR_NONE);
    open_token(bed, &yield, &token);
    check_slice("aud", token.audience, SLICE("urn:example:crm"));
    assert_int_equal(yield.expires_in, 300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(without_an_active_key_it_is_our_fault, setup, teardown),
        cmocka_unit_test_setup_teardown(more_than_it_may_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(the_token_says_who_and_what_for, setup, teardown),
        cmocka_unit_test_setup_teardown(scope_is_told_when_nothing_was_asked, setup, teardown),
        cmocka_unit_test_setup_teardown(a_token_does_not_outlive_its_key, setup, teardown),
        cmocka_unit_test_setup_teardown(a_key_that_has_just_ended_gives_no_token, setup, teardown),
        cmocka_unit_test_setup_teardown(each_api_has_its_audience_and_lifetime, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
