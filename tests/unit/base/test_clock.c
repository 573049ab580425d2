/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "base/clock.h"
#include <time.h>

static int clock_back(void **state)
{
    (void)state;
    clock_set_for_test(0, 0);
    return 0;
}

static int64_t system_us(clockid_t id)
{
    struct timespec now;
    assert_int_equal(clock_gettime(id, &now), 0);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void answers_the_time_of_the_test(void **state)
{
    (void)state;
    clock_set_for_test(INT64_C(1795299369999999), 4711);
    assert_true(clock_unix_us() == INT64_C(1795299369999999));
    assert_true(clock_unix_s() == INT64_C(1795299369)); /* not rounded up: a token must not live a second longer */
    assert_true(clock_monotonic_ms() == 4711);
    clock_set_for_test(1, 1);
    assert_true(clock_unix_us() == 1);
    assert_true(clock_unix_s() == 0);
    assert_true(clock_monotonic_ms() == 1);
}

static void sets_each_clock_apart(void **state)
{
    (void)state;
    clock_set_for_test(1000000, 0);
    assert_true(clock_unix_s() == 1);
    assert_true(clock_monotonic_ms() >= system_us(CLOCK_MONOTONIC) / 1000 - 60000);
    clock_set_for_test(0, 1);
    assert_true(clock_monotonic_ms() == 1);
    assert_true(clock_unix_us() >= system_us(CLOCK_REALTIME) - 60000000);
}

/* Between two looks at the system's own clocks; the wall clock may be set back meanwhile, hence a minute on either
 * side. */
static void answers_the_real_time(void **state)
{
    (void)state;
    int64_t minute = INT64_C(60) * 1000000;
    int64_t before = system_us(CLOCK_REALTIME), us = clock_unix_us(), s = clock_unix_s();
    assert_true(us >= before - minute);
    assert_true(us <= before + minute);
    assert_true(s >= (before - minute) / 1000000);
    assert_true(s <= (before + minute) / 1000000);
    before = system_us(CLOCK_MONOTONIC) / 1000;
    int64_t ms = clock_monotonic_ms();
    assert_true(ms >= before);
    assert_true(ms <= system_us(CLOCK_MONOTONIC) / 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(answers_the_time_of_the_test, clock_back),
        cmocka_unit_test_teardown(sets_each_clock_apart, clock_back),
        cmocka_unit_test_teardown(answers_the_real_time, clock_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
