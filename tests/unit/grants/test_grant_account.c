/* SPDX-License-Identifier: Apache-2.0 */
#include "grants/grant.h"

#include "base/secret.h"
#include "check.h"
#include "policy_case.h"

#define ERP "https://id.example/api2/public"
#define CRM "urn:example:crm"

/* acc_00000007 is the key's own account, acc_00000009 another one. */
static const struct {
    const char *name, *body;
    bool office;
    enum err err;
    int64_t account_id;
} cases[] = {
    {"no id", "account=7", true, ERR_INVALID_TARGET, 0},
    {"another kind of id", "account=usr_00000000007", true, ERR_INVALID_TARGET, 0},
    {"a cut id", "account=acc_0000000", true, ERR_INVALID_TARGET, 0},
    {"a long id", "account=acc_000000091", true, ERR_INVALID_TARGET, 0},
    {"a control in it", "account=acc_0000000%01", true, ERR_INVALID_TARGET, 0},
    {"a blank behind it", "account=acc_00000009+", true, ERR_INVALID_TARGET, 0},
    {"all accounts", "account=acc_00000000", true, ERR_INVALID_TARGET, 0},
    {"beyond every id", "account=acc_zzzzzzzz", true, ERR_INVALID_TARGET, 0},
    {"the office's own", "account=acc_00000007", true, ERR_INVALID_TARGET, 0},
    {"the office's own, in the resource", "resource=" ERP "/acc_00000007", true, ERR_INVALID_TARGET, 0},
    {"two", "account=acc_00000009&resource=" ERP "/acc_0000000A", true, ERR_INVALID_TARGET, 0},
    {"two in resources", "resource=" ERP "/acc_0000000A&resource=" ERP "/acc_00000009", true, ERR_INVALID_TARGET, 0},
    {"another one, no office key", "account=acc_00000009", false, ERR_INVALID_TARGET, 0},
    {"likewise in the resource", "resource=" ERP "/acc_00000009", false, ERR_INVALID_TARGET, 0},
    {"its own, no office key", "account=acc_00000007", false, ERR_NONE, 7},
    {"none, no office key", "a=b", false, ERR_NONE, 7},
    {"none", "resource=" ERP, true, ERR_NONE, 7},
    {"empty is none", "account=", true, ERR_NONE, 7},
    {"a client", "account=acc_00000009", true, ERR_NONE, 9},
    {"in the resource", "resource=" ERP "/acc_00000009", true, ERR_NONE, 9},
    {"of an audience that is no URL", "resource=" CRM "/acc_00000009", true, ERR_NONE, 9},
    {"both alike", "account=acc_00000009&resource=" ERP "/acc_00000009&resource=" ERP, true, ERR_NONE, 9},
};

static void the_account_is_named_once_and_is_one_that_the_key_may_have(void **state)
{
    static const char *const repeatable[] = {"resource", NULL};
    struct policy_case c;
    policy_case_start(&c);
    struct policy *policy = policy_case_build(&c);
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        struct form form;
        struct client client = {.account_id = 7, .office = cases[i].office};
        check(cases[i].name, form_parse(pool_of(state), slice_of(cases[i].body), repeatable, &form) == ERR_NONE);
        struct grant_ask ask = {
            .pool = pool_of(state), .form = &form, .policy = policy, .client = &client, .detail = SLICE_NONE};
        check(cases[i].name, grant_account(&ask) == cases[i].err);
        check(cases[i].name, (ask.detail.base != NULL) == (cases[i].err != ERR_NONE));
        check(cases[i].name, ask.account_id == cases[i].account_id);
        check(cases[i].name, cases[i].err != ERR_NONE || grant_needs_link(&ask) == (ask.account_id == 9));
    }
    policy_release(policy);
}

static void a_resource_names_an_api_and_may_name_an_account(void **state)
{
    (void)state;
    static const struct {
        const char *resource, *api;
        int64_t account_id;
    } resources[] = {
        {ERP "/acc_00000009/", NULL, 0},
        {ERP "/x/acc_00000009", NULL, 0},
        {ERP "acc_00000009", NULL, 0},
        {"/acc_00000009", NULL, 0},
        {"acc_00000009", NULL, 0},
        {ERP "/acc_0000009", NULL, 0},
        {ERP, "erp", 0},
        {ERP "/", "erp", 0},
        {ERP "/acc_00000009", "erp", 9},
    };
    struct policy_case c;
    policy_case_start(&c);
    struct policy *policy = policy_case_build(&c);
    for (size_t i = 0; i < COUNT_OF(resources); ++i) {
        int64_t account_id = -1;
        const struct api *api = grant_resource(policy, slice_of(resources[i].resource), &account_id);
        check_slice(resources[i].resource, api == NULL ? SLICE_NONE : api->name, slice_of(resources[i].api));
        check(resources[i].resource, account_id == resources[i].account_id);
    }
    policy_release(policy);
}

static void a_link_that_opens_nothing_is_told(void **state)
{
    struct client client = {.account_id = 7, .office = true};
    struct grant_ask ask = {.pool = pool_of(state), .client = &client, .account_id = 9, .detail = SLICE_NONE};
    assert_int_equal(grant_judge_link(&ask), ERR_INVALID_TARGET);
    check_slice("none", ask.detail, err_row(ERR_LINK_MISSING)->text);
    assert_int_equal(ask.cause, ERR_LINK_MISSING);
    struct office_link link = {.active = true, .account_active = true, .allowed = false};
    ask.link = &link;
    assert_int_equal(grant_judge_link(&ask), ERR_INVALID_TARGET);
    check_slice("off", ask.detail, err_row(ERR_OFFICE_OFF)->text);
    assert_int_equal(ask.cause, ERR_OFFICE_OFF);
    link.allowed = true;
    assert_int_equal(grant_judge_link(&ask), ERR_NONE);
    assert_int_equal(ask.cause, ERR_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_with_pool(the_account_is_named_once_and_is_one_that_the_key_may_have),
        test_with_pool(a_resource_names_an_api_and_may_name_an_account),
        test_with_pool(a_link_that_opens_nothing_is_told),
    };
    secret_start();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
