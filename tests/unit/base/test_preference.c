/* SPDX-License-Identifier: Apache-2.0 */
#include "base/preference.h"

#include "check.h"

static void a_name_has_the_quality_that_the_list_gives_it(void **state)
{
    static const struct {
        const char *list;
        int quality;
    } cases[] = {
        {"", -1},
        {"*/*", -1}, /* everything alike is no preference */
        {"text/*", -1},
        {"text/htmlx, xtext/html", -1},
        {",,;q=1,, ;", -1},
        {"text/html;q=", -1},
        {"text/html;q=1.001", -1},
        {"text/html;q=0.1234", -1},
        {"text/html;q=2", -1},
        {"text/html;q=-1", -1},
        {"text/html;q=0x1", -1},
        {"text/html;q=\"1\"", -1},
        {"text/html;q=0", 0},
        {"text/html;q=0.000", 0},
        {"text/html", 1000},
        {"TEXT/html ;Q=0.5", 500},
        {"a/b;q=0.9,text/html; q=0.05 ", 50},
        {"text/html;charset=utf-8;q=0.7", 700},
        {"text/html;q=0.7;level=1", 700},
        {"text/html;q=0.2, text/html;q=0.3", 300},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); ++i)
        check(cases[i].list, preference_of(slice_of(cases[i].list), SLICE("text/html")) == cases[i].quality);
    assert_int_equal(preference_of(SLICE_NONE, SLICE("text/html")), -1);
}

static void elements_come_in_their_order(void **state)
{
    h2o_iovec_t list = SLICE(" da, en-gb ;q=0.8,,x;q=y"), name;
    int quality;
    (void)state;
    assert_true(preference_next(&list, &name, &quality));
    check_slice("first", name, SLICE("da"));
    assert_int_equal(quality, PREFERENCE_FULL);
    assert_true(preference_next(&list, &name, &quality));
    check_slice("second", name, SLICE("en-gb"));
    assert_int_equal(quality, 800);
    assert_true(preference_next(&list, &name, &quality));
    check_slice("empty", name, SLICE(""));
    assert_true(preference_next(&list, &name, &quality));
    check_slice("last", name, SLICE("x"));
    assert_int_equal(quality, -1);
    assert_false(preference_next(&list, &name, &quality));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_has_the_quality_that_the_list_gives_it),
        cmocka_unit_test(elements_come_in_their_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
