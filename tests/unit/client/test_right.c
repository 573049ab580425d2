/* SPDX-License-Identifier: Apache-2.0 */
#include "client/right.h"

#include "check.h"

static const struct {
    const char *name, *token, *client;
    int64_t holder;
    const char *permissions;
    enum err err;
} cases[] = {
    {"nobody has it", "", "", 1, "", ERR_INSUFFICIENT_SCOPE},
    {"the token lacks it", "customers:read", "customers:write", 1, "customers:write", ERR_INSUFFICIENT_SCOPE},
    {"the key lacks it", "customers:write", "customers:read", 1, "customers:write", ERR_KEY_RIGHT_MISSING},
    {"key and holder lack it", "customers:write", "", 1, "", ERR_KEY_RIGHT_MISSING},
    {"the holder lacks it", "customers:write", "customers:write", 1, "customers:read", ERR_HOLDER_RIGHT_MISSING},
    {"the holder has nothing", "customers:write", "customers:write", 1, "", ERR_HOLDER_RIGHT_MISSING},
    {"a longer word is another", "customers:writer", "customers:writer", 1, "customers:writer", ERR_INSUFFICIENT_SCOPE},
    {"all have it", "customers:read customers:write", "customers:write", 1, "a:read customers:write", ERR_NONE},
    {"without a holder nobody has it", "customers:write", "customers:write", 0, "", ERR_HOLDER_RIGHT_MISSING},
    {"nor with permissions of nobody", "customers:write", "customers:write", 0, "customers:write",
     ERR_HOLDER_RIGHT_MISSING},
};

static struct scope_set set_of(h2o_mem_pool_t *pool, const char *text)
{
    struct scope_set set;
    assert_int_equal(scope_set_parse(pool, slice_of(text), &set), ERR_NONE);
    return set;
}

static void the_first_layer_that_lacks_a_scope_decides(void **state)
{
    h2o_mem_pool_t *pool = pool_of(state);
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        struct claims claims = {.scopes = set_of(pool, cases[i].token)};
        struct client client = {.scopes = set_of(pool, cases[i].client),
                                .holder_id = cases[i].holder,
                                .holder_permissions = set_of(pool, cases[i].permissions)};
        struct principal principal = {.claims = &claims, .client = &client};
        check(cases[i].name, right_of_scope(&principal, SLICE("customers:write")) == cases[i].err);
    }
}

/* --- offices ----------------------------------------------------------------------------------------------------- */

#define OFFICE INT64_C(7)
#define CLIENT INT64_C(9)

static const struct {
    const char *name;
    int64_t account; /* of the token */
    bool office, off /* the office's own API access */, linked, active, open, api_access, allowed;
    enum err err;
} reaches[] = {
    {"no link at all", CLIENT, true, false, false, true, true, true, true, ERR_LINK_MISSING},
    {"an ended link", CLIENT, true, false, true, false, true, true, true, ERR_LINK_ENDED},
    {"ended and switched off", CLIENT, true, false, true, false, true, true, false, ERR_LINK_ENDED},
    {"a closed client", CLIENT, true, false, true, true, false, true, true, ERR_CLIENT_ACCOUNT_CLOSED},
    {"a client without API access", CLIENT, true, false, true, true, true, false, true, ERR_PLAN_MISSING},
    {"an office without API access", CLIENT, true, true, true, true, true, true, true, ERR_API_ACCESS_OFF},
    {"an office that is switched off", CLIENT, true, false, true, true, true, true, false, ERR_OFFICE_OFF},
    {"the office's own account", OFFICE, true, false, false, true, true, true, true, ERR_ACCOUNT_NEEDED},
    {"the own account, whatever link", OFFICE, true, false, true, true, true, true, true, ERR_ACCOUNT_NEEDED},
    {"a client account", CLIENT, true, false, true, true, true, true, true, ERR_NONE},
    {"a key that is no office's", OFFICE, false, false, false, true, true, true, true, ERR_NONE},
};

static void offices_reach_what_they_are_let_into(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(reaches); ++i) {
        struct claims claims = {.account_id = reaches[i].account};
        struct client client = {.account_id = OFFICE,
                                .office = reaches[i].office,
                                .client_active = true,
                                .application_active = true,
                                .account_active = true,
                                .access = reaches[i].off ? ERR_API_ACCESS_OFF : ERR_NONE,
                                .expires_us = INT64_MAX};
        struct office_link link = {.active = reaches[i].active,
                                   .account_active = reaches[i].open,
                                   .access = reaches[i].api_access ? ERR_NONE : ERR_PLAN_MISSING,
                                   .allowed = reaches[i].allowed};
        struct principal principal = {.claims = &claims, .client = &client, .link = reaches[i].linked ? &link : NULL};
        check(reaches[i].name, right_to_account(&principal) == reaches[i].err);
    }
}

static void a_template_bounds_what_an_office_may(void **state)
{
    static const struct {
        const char *token, *client, *permissions, *template; /* NULL: no link */
        enum err err;
    } rights[] = {
        {"a:read", "a:read", "a:read", NULL, ERR_TEMPLATE_RIGHT_MISSING},
        {"a:read", "a:read", "a:read", "", ERR_TEMPLATE_RIGHT_MISSING},
        {"a:read", "a:read", "a:read", "a:write", ERR_TEMPLATE_RIGHT_MISSING},
        {"", "a:read", "a:read", "a:read", ERR_INSUFFICIENT_SCOPE},
        {"a:read", "", "a:read", "a:read", ERR_KEY_RIGHT_MISSING},
        {"a:read", "a:read", "", "a:read", ERR_HOLDER_RIGHT_MISSING},
        {"a:read", "a:read", "a:read", "a:read", ERR_NONE},
    };
    h2o_mem_pool_t *pool = pool_of(state);
    for (size_t i = 0; i < COUNT_OF(rights); ++i) {
        struct claims claims = {.account_id = CLIENT, .scopes = set_of(pool, rights[i].token)};
        struct client client = {.account_id = OFFICE,
                                .office = true,
                                .holder_id = 1,
                                .scopes = set_of(pool, rights[i].client),
                                .holder_permissions = set_of(pool, rights[i].permissions)};
        struct office_link link = {.scopes = set_of(pool, rights[i].template == NULL ? "" : rights[i].template)};
        scope_set_intersect(pool, &client.scopes, &client.holder_permissions, &client.effective);
        struct principal principal = {
            .claims = &claims, .client = &client, .link = rights[i].template == NULL ? NULL : &link};
        check(rights[i].token, right_of_scope(&principal, SLICE("a:read")) == rights[i].err);
        struct scope_set all = right_scopes(pool, &principal);
        check(rights[i].token, (all.count > 0) == (rights[i].err == ERR_NONE));
    }
}

/* --- persons ----------------------------------------------------------------------------------------------------- */

static void a_person_bounds_what_an_application_may(void **state)
{
    static const struct {
        const char *name, *token, *application, *permissions; /* NULL: no member */
        enum err err;
    } rights[] = {
        {"no member", "a:read", "a:read", NULL, ERR_PERSON_RIGHT_MISSING},
        {"no permission now", "a:read", "a:read", "", ERR_PERSON_RIGHT_MISSING},
        {"another permission", "a:read", "a:read", "a:write", ERR_PERSON_RIGHT_MISSING},
        {"the application lost it", "a:read", "a:write", "a:read", ERR_APPLICATION_RIGHT_MISSING},
        {"the token has it not", "a:write", "a:read", "a:read", ERR_INSUFFICIENT_SCOPE},
        {"all three", "a:read", "a:read", "a:read", ERR_NONE},
    };
    h2o_mem_pool_t *pool = pool_of(state);
    for (size_t i = 0; i < COUNT_OF(rights); ++i) {
        struct claims claims = {.account_id = 9, .user_id = 3, .scopes = set_of(pool, rights[i].token)};
        struct client client = {.scopes = set_of(pool, rights[i].application),
                                .holder_permissions = set_of(pool, "a:read a:write")};
        struct member member = {.permissions =
                                    set_of(pool, rights[i].permissions == NULL ? "" : rights[i].permissions)};
        struct principal principal = {
            .claims = &claims, .client = &client, .member = rights[i].permissions == NULL ? NULL : &member};
        check(rights[i].name, right_of_scope(&principal, SLICE("a:read")) == rights[i].err);
        check(rights[i].name, (right_scopes(pool, &principal).count > 0) == (rights[i].err == ERR_NONE));
    }
}

/* OpenID's scopes are nobody's permission, so neither application nor person can lack them; a key has no person. */
static void what_a_person_tells_of_themselves_is_no_permission(void **state)
{
    h2o_mem_pool_t *pool = pool_of(state);
    struct claims claims = {.account_id = 9, .user_id = 3, .scopes = set_of(pool, "a:read a:write openid profile")};
    struct client client = {.scopes = set_of(pool, "a:read"), .holder_permissions = set_of(pool, "")};
    struct member member = {.permissions = set_of(pool, "a:read")};
    struct principal principal = {.claims = &claims, .client = &client, .member = &member};
    assert_int_equal(right_of_scope(&principal, SLICE("openid")), ERR_NONE);
    assert_int_equal(right_of_scope(&principal, SLICE("email")), ERR_INSUFFICIENT_SCOPE);
    check_slice("person", right_scopes(pool, &principal).text, SLICE("a:read openid profile"));
    claims.user_id = 0;
    client.holder_id = 4;
    client.holder_permissions = set_of(pool, "a:read");
    assert_int_equal(right_of_scope(&principal, SLICE("openid")), ERR_KEY_RIGHT_MISSING);
    check_slice("key", right_scopes(pool, &principal).text, SLICE("a:read"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_with_pool(the_first_layer_that_lacks_a_scope_decides),
        cmocka_unit_test(offices_reach_what_they_are_let_into),
        test_with_pool(a_template_bounds_what_an_office_may),
        test_with_pool(a_person_bounds_what_an_application_may),
        test_with_pool(what_a_person_tells_of_themselves_is_no_permission),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
