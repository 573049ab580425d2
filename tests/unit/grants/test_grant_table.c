/* SPDX-License-Identifier: Apache-2.0 */
#include "grants/grant.h"

#include "check.h"

/* Item 65: the grants that leak passwords and tokens do not exist here, and neither does what is only like a name. */
static void item_65_unknown_grants_are_not_found(void **state)
{
    (void)state;
    static const char *const names[] = {"password",
                                        "implicit",
                                        "token",
                                        "",
                                        "client_credentials ",
                                        "Client_Credentials",
                                        "client_credential",
                                        "client_credentialss",
                                        "urn:ietf:params:oauth:grant-type:client_credentials"};
    for (size_t i = 0; i < COUNT_OF(names); ++i)
        check(names[i], grant_find(slice_of(names[i])) == NULL);
    assert_null(grant_find(SLICE_NONE));
}

static void every_row_is_whole_and_found_by_its_name(void **state)
{
    (void)state;
    assert_true(grant_count() > 0);
    for (size_t i = 0; i < grant_count(); ++i) {
        const struct grant *grant = grant_at(i);
        assert_ptr_equal(grant_find(grant->name), grant);
        assert_non_null(grant->check);
        assert_true((grant->issue == NULL) != (grant->start == NULL));
        assert_true((grant->start != NULL) == ((grant->flags & GRANT_OF_PERSONS) != 0));
    }
    assert_true((grant_find(SLICE("client_credentials"))->flags & GRANT_CONFIDENTIAL_ONLY) != 0);
}

static void ask_for_a_row_behind_the_last(void)
{
    (void)grant_at(grant_count());
}

static void a_row_behind_the_last_is_a_mistake_of_ours(void **state)
{
    (void)state;
    assert_true(aborts(ask_for_a_row_behind_the_last));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(item_65_unknown_grants_are_not_found),
        cmocka_unit_test(every_row_is_whole_and_found_by_its_name),
        cmocka_unit_test(a_row_behind_the_last_is_a_mistake_of_ours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
