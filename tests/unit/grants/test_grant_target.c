/* SPDX-License-Identifier: Apache-2.0 */
#include "grants/grant.h"

#include "check.h"
#include "policy_case.h"

#define ERP "https://id.example/api2/public"
#define CRM "urn:example:crm"

/* Item 75: an unknown, relative or fragment-carrying resource is invalid_target; what is asked is what comes. */
static const struct {
    const char *name, *body, *token_path;
    enum err err;
    const char *api;
} cases[] = {
    {"relative", "resource=/api2/public", NULL, ERR_INVALID_TARGET, NULL},
    {"no scheme", "resource=id.example/api2/public", NULL, ERR_INVALID_TARGET, NULL},
    {"fragment", "resource=" ERP "%23x", NULL, ERR_INVALID_TARGET, NULL},
    {"empty fragment", "resource=" ERP "%23", NULL, ERR_INVALID_TARGET, NULL},
    {"unknown", "resource=https://other.example/", NULL, ERR_INVALID_TARGET, NULL},
    {"a part of one", "resource=https://id.example/api2", NULL, ERR_INVALID_TARGET, NULL},
    {"more than one", "resource=" ERP "/customers", NULL, ERR_INVALID_TARGET, NULL},
    {"two slashes", "resource=" ERP "//", NULL, ERR_INVALID_TARGET, NULL},
    {"other case", "resource=https://ID.example/api2/public", NULL, ERR_INVALID_TARGET, NULL},
    {"blank", "resource=%20", NULL, ERR_INVALID_TARGET, NULL},
    {"two different", "resource=" ERP "&resource=" CRM, NULL, ERR_INVALID_TARGET, NULL},
    {"good and unknown", "resource=" ERP "&resource=urn:x", NULL, ERR_INVALID_TARGET, NULL},
    {"unknown and good", "resource=urn:x&resource=" ERP, NULL, ERR_INVALID_TARGET, NULL},
    {"one", "resource=" CRM, NULL, ERR_NONE, "crm"},
    {"one with a slash", "resource=" ERP "/", NULL, ERR_NONE, "erp"},
    {"one twice", "resource=" ERP "&resource=" ERP "/", NULL, ERR_NONE, "erp"},
    {"the management API", "resource=https://id.example/admin/v1", NULL, ERR_NONE, "management"},
    {"the management API in an account", "resource=https://id.example/admin/v1/acc_00000007", NULL, ERR_NONE,
     "management"},
    {"less than it", "resource=https://id.example/admin", NULL, ERR_INVALID_TARGET, NULL},
    {"more than it", "resource=https://id.example/admin/v1/accounts", NULL, ERR_INVALID_TARGET, NULL},
    {"it and an api", "resource=https://id.example/admin/v1&resource=" ERP, NULL, ERR_INVALID_TARGET, NULL},
    {"none: left to the scopes", "a=b", NULL, ERR_NONE, NULL},
    {"empty is none", "resource=", "/crm/token", ERR_NONE, "crm"},
    {"none: the token path's", "a=b", "/crm/token", ERR_NONE, "crm"},
    {"asked wins over the token path", "resource=" ERP, "/crm/token", ERR_NONE, "erp"},
    {"unknown in spite of the token path", "resource=urn:x", "/crm/token", ERR_INVALID_TARGET, NULL},
};

static void item_75_resource_decides_the_audience(void **state)
{
    static const char *const repeatable[] = {"resource", NULL};
    struct policy_case c;
    policy_case_start(&c);
    c.apis[1].token_path = SLICE("/crm/token");
    struct policy *policy = policy_case_build(&c);
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        const char *name = cases[i].name;
        struct form form;
        const struct api *api = NULL;
        h2o_iovec_t detail = SLICE_NONE;
        check(name, form_parse(pool_of(state), slice_of(cases[i].body), repeatable, &form) == ERR_NONE);
        const struct api *of_path = policy_api_of_token_path(policy, slice_of(cases[i].token_path));
        check(name, grant_target(policy, &form, of_path, &api, &detail) == cases[i].err);
        check(name, (detail.base != NULL) == (cases[i].err != ERR_NONE));
        check_slice(name, api == NULL ? SLICE_NONE : api->name, slice_of(cases[i].api));
    }
    policy_release(policy);
}

/* An audience need not be a URI, a resource has to be one (RFC 8707 section 2). */
static void an_audience_that_is_no_uri_cannot_be_asked_for(void **state)
{
    struct policy_case c;
    struct form form;
    const struct api *api = NULL;
    h2o_iovec_t detail = SLICE_NONE;
    policy_case_start(&c);
    c.apis[1].audience = SLICE("crm");
    struct policy *policy = policy_case_build(&c);
    assert_int_equal(form_parse(pool_of(state), SLICE("resource=crm"), NULL, &form), ERR_NONE);
    assert_int_equal(grant_target(policy, &form, NULL, &api, &detail), ERR_INVALID_TARGET);
    policy_release(policy);
}

int main(void)
{
    secret_start();
    const struct CMUnitTest tests[] = {
        test_with_pool(item_75_resource_decides_the_audience),
        test_with_pool(an_audience_that_is_no_uri_cannot_be_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
