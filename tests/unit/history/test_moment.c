/* SPDX-License-Identifier: Apache-2.0 */
#include "history/moment.h"

#include "base/text.h"
#include "check.h"

static const char *const refused[] = {
    "",
    "Z",
    "now",
    "2026",
    "2026-11",
    "2026-1-21",
    "2026-11-2",
    "26-11-21",
    "2026-11-21Z",
    "2026-11-21T",
    "2026-11-21T22:16:09",
    "2026-11-21T22:16Z",
    "2026-11-21 22:16:09Z",
    "2026-11-21t22:16:09Z",
    "2026-11-21T22:16:09z",
    "2026-11-21T22:16:09.Z",
    "2026-11-21T22:16:09.1234567Z",
    "2026-11-21T22:16:09,5Z",
    "2026-11-21T22:16:09.5xZ",
    "2026-11-21T24:00:00Z",
    "2026-11-21T22:60:00Z",
    "2026-11-21T22:16:60Z",
    "2026-00-21",
    "2026-13-21",
    "2026-11-00",
    "2026-11-31",
    "2026-02-29",
    "1900-02-29",
    "2026-11-21T22:16:09+01",
    "2026-11-21T22:16:09+0100",
    "2026-11-21T22:16:09 01:00",
    "2026-11-21T22:16:09+24:00",
    "2026-11-21T22:16:09+01:60",
    "+01:00",
    "1790000000",
    "2026-11-21T22:16:09ZZ",
};

static void what_is_no_moment_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(refused); ++i) {
        int64_t us = 99;
        check(refused[i], !moment_parse(slice_of(refused[i]), &us));
        check(refused[i], us == 99);
    }
}

static const struct {
    const char *text, *in_utc;
} accepted[] = {
    {"1970-01-01", "1970-01-01T00:00:00.000000Z"},
    {"2026-11-21", "2026-11-21T00:00:00.000000Z"},
    {"2000-02-29", "2000-02-29T00:00:00.000000Z"},
    {"2000-03-01", "2000-03-01T00:00:00.000000Z"},
    {"1900-03-01", "1900-03-01T00:00:00.000000Z"},
    {"0000-01-01", "0000-01-01T00:00:00.000000Z"},
    {"0001-12-31", "0001-12-31T00:00:00.000000Z"},
    {"9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"},
    {"2026-11-21T22:16:09Z", "2026-11-21T22:16:09.000000Z"},
    {"2026-11-21T22:16:09.5Z", "2026-11-21T22:16:09.500000Z"},
    {"2026-11-21T22:16:09.000123+00:00", "2026-11-21T22:16:09.000123Z"},
    {"2026-11-21T22:16:09+01:30", "2026-11-21T20:46:09.000000Z"},
    {"2026-12-31T22:16:09-05:00", "2027-01-01T03:16:09.000000Z"},
};

static void moments_are_read(void **state)
{
    for (size_t i = 0; i < COUNT_OF(accepted); ++i) {
        int64_t us;
        struct text text;
        text_start(&text, pool_of(state), 32);
        check(accepted[i].text, moment_parse(slice_of(accepted[i].text), &us));
        text_add_time(&text, us);
        check_slice(accepted[i].text, text_slice(&text), slice_of(accepted[i].in_utc));
    }
}

/* Every day of eight centuries follows the one before. */
static void days_follow_one_another(void **state)
{
    int64_t before = INT64_MIN, us;
    unsigned days = 0;
    (void)state;
    for (unsigned year = 1600; year < 2400; ++year)
        for (unsigned month = 1; month <= 12; ++month)
            for (unsigned day = 1; day <= 31; ++day) {
                char text[16];
                snprintf(text, sizeof(text), "%04u-%02u-%02u", year, month, day);
                if (!moment_parse(slice_of(text), &us))
                    continue;
                check(text, before == INT64_MIN || us == before + INT64_C(86400000000));
                before = us;
                ++days;
            }
    assert_int_equal(days, 2 * 146097);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_moment_is_refused),
        test_with_pool(moments_are_read),
        cmocka_unit_test(days_follow_one_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
