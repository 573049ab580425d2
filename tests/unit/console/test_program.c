/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "console/program.h"

static void programs_have_the_names_that_people_know(void **state)
{
    static const struct {
        const char *name, *user_agent;
    } cases[] = {
        {"Firefox, Windows", "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"},
        {"Chrome, Linux", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 "
                          "Safari/537.36"},
        {"Chrome, Android", "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) "
                            "Chrome/140.0.0.0 Mobile Safari/537.36"},
        {"Edge, Windows", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
                          "Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0"},
        {"Safari, macOS", "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
                          "Version/18.6 Safari/605.1.15"},
        {"Safari, iPhone", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
                           "Gecko) Version/18.6 Mobile/15E148 Safari/604.1"},
        {"Chrome, iPhone", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
                           "Gecko) CriOS/140.0.0.0 Mobile/15E148 Safari/604.1"},
        {"Firefox", "Firefox/1"},
        {"curl/8.14.1", "curl/8.14.1"},
        {"<b>Windows", "<b>Windows"},
        {"", ""},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i)
        check_slice(cases[i].user_agent, program_name(pool_of(state), slice_of(cases[i].user_agent)),
                    slice_of(cases[i].name));
    assert_null(program_name(pool_of(state), SLICE_NONE).base);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(programs_have_the_names_that_people_know, pool_setup, pool_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
