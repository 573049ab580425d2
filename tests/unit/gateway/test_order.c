/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/order.h"

#include "check.h"

static const struct {
    const char *text;
    size_t position;
    const char *what;
} refused[] = {
    {"", 1, "the name of a member is missing"},
    {",", 1, "the name of a member is missing"},
    {"A,", 3, "the name of a member is missing"},
    {"A,,B", 3, "the name of a member is missing"},
    {"A B", 3, "asc, desc, a comma or the end is missing"},
    {"A desc asc", 8, "asc, desc, a comma or the end is missing"},
    {"A DESC", 3, "asc, desc, a comma or the end is missing"},
    {"A/B", 1, "only members of the record itself can be ordered by"},
    {"'A'", 1, "the name of a member is missing"},
    {"A;drop", 2, "this character has no meaning here"},
    {"A desc;", 7, "this character has no meaning here"},
    {"A, A desc", 4, "this member came before"},
    {"A,B,C,D,E", 9, "there are too many members to order by"},
};

static void wrong_orders_are_refused_with_their_place(void **state)
{
    for (size_t i = 0; i < COUNT_OF(refused); ++i) {
        struct order order = {SLICE_NONE, SLICE_NONE};
        struct filter_fault fault = {0, ""};
        check(refused[i].text, !order_read(pool_of(state), slice_of(refused[i].text), &order, &fault));
        check(refused[i].text, order.keys.base == NULL);
        if (fault.position != refused[i].position || strcmp(fault.what, refused[i].what) != 0)
            fail_msg("case \"%s\": position %zu, %s", refused[i].text, fault.position, fault.what);
    }
}

static const struct {
    const char *text, *keys, *descending;
} accepted[] = {
    {"A", "[\"A\"]", "[false]"},
    {" A  asc ", "[\"A\"]", "[false]"},
    {"IssueDate desc, Id desc", "[\"IssueDate\",\"Id\"]", "[true,true]"},
    {"A desc,B,C asc,D desc", "[\"A\",\"B\",\"C\",\"D\"]", "[true,false,false,true]"},
    {"desc desc", "[\"desc\"]", "[true]"},
    {"Gr\xc3\xb6\xc3\x9f"
     "e",
     "[\"Gr\xc3\xb6\xc3\x9f"
     "e\"]",
     "[false]"},
};

static void orders_become_keys_and_directions(void **state)
{
    for (size_t i = 0; i < COUNT_OF(accepted); ++i) {
        struct order order;
        struct filter_fault fault;
        check(accepted[i].text, order_read(pool_of(state), slice_of(accepted[i].text), &order, &fault));
        check_slice(accepted[i].text, order.keys, slice_of(accepted[i].keys));
        check_slice(accepted[i].text, order.descending, slice_of(accepted[i].descending));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_with_pool(wrong_orders_are_refused_with_their_place),
        test_with_pool(orders_become_keys_and_directions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
