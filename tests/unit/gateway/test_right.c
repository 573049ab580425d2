/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/right.h"

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
    {"without a holder the key decides", "customers:write", "customers:write", 0, "", ERR_NONE},
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
        struct principal principal = {&claims, &client};
        check(cases[i].name, right_of_scope(&principal, SLICE("customers:write")) == cases[i].err);
    }
}

static void read_scopes_are_named_after_collections(void **state)
{
    check_slice("scope", right_read_scope(pool_of(state), SLICE("invoices")), SLICE("invoices:read"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_with_pool(the_first_layer_that_lacks_a_scope_decides),
        test_with_pool(read_scopes_are_named_after_collections),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
