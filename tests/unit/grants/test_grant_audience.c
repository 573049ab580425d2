/* SPDX-License-Identifier: Apache-2.0 */
#include "grants/grant.h"

#include "check.h"
#include "policy_case.h"

#define MANAGEMENT "resource=https://id.example/admin/v1"

/* api: "" no resource was named. granted NULL: all of them. */
static const struct {
    const char *name, *api, *scopes;
    bool asked;
    enum err err;
    const char *for_api, *granted;
} cases[] = {
    {"an api's, anywhere", "", "customers:read", true, ERR_NONE, "erp", NULL},
    {"an api's, at one", "crm", "customers:read", true, ERR_NONE, "crm", NULL},
    {"the history's goes to an api", "", "history:read", true, ERR_NONE, "erp", NULL},
    {"nothing", "", "", false, ERR_NONE, "erp", NULL},
    {"OpenID's alone", "", "openid profile", true, ERR_NONE, "erp", NULL},
    {"administrative alone, asked", "", "keys:read members:write", true, ERR_NONE, "management", NULL},
    {"administrative alone, all that it has", "", "keys:read members:write", false, ERR_NONE, "management", NULL},
    {"administrative, and the history's", "", "history:read keys:read", true, ERR_NONE, "management", NULL},
    {"administrative, and OpenID's", "", "keys:read openid", true, ERR_NONE, "management", NULL},
    {"both, asked", "", "customers:read keys:read", true, ERR_INVALID_TARGET, "", NULL},
    {"both, not asked", "", "customers:read history:read keys:read", false, ERR_NONE, "erp",
     "customers:read history:read"},
    {"both, at the management API", "management", "customers:read keys:read", true, ERR_NONE, "management", NULL},
    {"none of its own, at the management API", "management", "customers:read", true, ERR_NONE, "management", NULL},
    {"administrative at an api, asked", "crm", "customers:read keys:read", true, ERR_INVALID_SCOPE, "crm", NULL},
    {"administrative at an api, not asked", "crm", "customers:read keys:read", false, ERR_NONE, "crm",
     "customers:read"},
    {"nothing else at an api", "crm", "keys:read", false, ERR_INVALID_SCOPE, "crm", NULL},
};

static const struct api *api_of(const struct policy *policy, const char *name)
{
    for (const struct api *api = policy->apis; api <= policy->management; ++api)
        if (slice_equal(api->name, slice_of(name)))
            return api;
    return NULL;
}

static void no_token_for_an_api_has_an_administrative_scope(void **state)
{
    struct policy_case c;
    policy_case_start(&c);
    struct policy *policy = policy_case_build(&c);
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        const char *name = cases[i].name;
        struct scope_set scopes;
        struct grant_ask ask = {
            .pool = pool_of(state), .policy = policy, .api = api_of(policy, cases[i].api), .detail = SLICE_NONE};
        assert_int_equal(scope_set_parse(ask.pool, slice_of(cases[i].scopes), &scopes), ERR_NONE);
        check(name, grant_audience(&ask, &scopes, cases[i].asked) == cases[i].err);
        check(name, ask.api == api_of(policy, cases[i].for_api));
        check(name, (ask.detail.base != NULL) == (cases[i].err != ERR_NONE));
        if (cases[i].err != ERR_NONE)
            check(name, memmem(ask.detail.base, ask.detail.len, MANAGEMENT, strlen(MANAGEMENT)) != NULL);
        else
            check_slice(name, scopes.text, slice_of(cases[i].granted == NULL ? cases[i].scopes : cases[i].granted));
    }
    policy_release(policy);
}

static void without_apis_there_is_the_management_api_alone(void **state)
{
    struct policy_case c;
    struct scope_set scopes;
    policy_case_start(&c);
    c.api_count = c.collection_count = 0;
    struct policy *policy = policy_case_build(&c);
    struct grant_ask ask = {.pool = pool_of(state), .policy = policy, .detail = SLICE_NONE};
    assert_int_equal(scope_set_parse(ask.pool, SLICE("customers:read"), &scopes), ERR_NONE);
    assert_int_equal(grant_audience(&ask, &scopes, false), ERR_INVALID_TARGET);
    assert_null(ask.api);
    assert_int_equal(scope_set_parse(ask.pool, SLICE("apis:write"), &scopes), ERR_NONE);
    assert_int_equal(grant_audience(&ask, &scopes, false), ERR_NONE);
    assert_ptr_equal(ask.api, policy->management);
    policy_release(policy);
}

int main(void)
{
    secret_start();
    const struct CMUnitTest tests[] = {
        test_with_pool(no_token_for_an_api_has_an_administrative_scope),
        test_with_pool(without_apis_there_is_the_management_api_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
