/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include <time.h>

static int64_t unix_us_of_test;
static int64_t monotonic_ms_of_test;

int64_t clock_unix_us(void)
{
    if (unix_us_of_test != 0)
        return unix_us_of_test;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_unix_s(void)
{
    return clock_unix_us() / 1000000;
}

int64_t clock_monotonic_ms(void)
{
    if (monotonic_ms_of_test != 0)
        return monotonic_ms_of_test;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void clock_set_for_test(int64_t unix_us, int64_t monotonic_ms)
{
    unix_us_of_test = unix_us;
    monotonic_ms_of_test = monotonic_ms;
}
