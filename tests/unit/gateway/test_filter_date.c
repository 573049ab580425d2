/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/filter_date.h"

#include "check.h"

static const char *const refused[] = {
    "",
    "Z",
    "2020",
    "2020-1-31",
    "2020-01-3",
    "2020-01-311",
    "20200131",
    "2020/01/31",
    "2020-01-31T",
    "2020-01-31T8:30",
    "2020-01-31 08:30",
    "2020-01-31T08",
    "2020-01-31T08:3",
    "2020-01-31T08:30:0",
    "2020-01-31T08:30:00.",
    "2020-01-31T08:30:00.1234567890",
    "2020-01-31T08:30:00,5",
    "2020-01-31T08:30:00.5x",
    "2020-01-31T08:30:00+01:00",
    "2020-01-31T08:30:00.5+01",
    "2020-01-31T08:30:00z",
    "2020-01-31ZZ",
    "-020-01-31",
    "2020-00-10",
    "2020-13-10",
    "2020-01-00",
    "2020-01-32",
    "2020-02-30",
    "2019-02-29",
    "1900-02-29",
    "2020-01-31T24:00",
    "2020-01-31T08:60",
    "2020-01-31T08:30:60",
    "\"020-01-31",
};

static void what_is_no_date_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(refused); ++i) {
        struct filter_date date = {.len = 99};
        check(refused[i], filter_date_read(slice_of(refused[i]), &date) != NULL);
        check(refused[i], date.len == 99);
    }
}

static const struct {
    const char *text, *shortest;
    enum filter_date_part last;
} accepted[] = {
    {"2020-01-31", "2020-01-31", FILTER_DATE_DAY},
    {"2020-01-31Z", "2020-01-31", FILTER_DATE_DAY},
    {"2020-02-29", "2020-02-29", FILTER_DATE_DAY},
    {"2000-02-29", "2000-02-29", FILTER_DATE_DAY},
    {"2020-01-31T00:00", "2020-01-31", FILTER_DATE_DAY},
    {"2020-01-31T00:00:00", "2020-01-31", FILTER_DATE_DAY},
    {"2020-01-31T00:00:00.000Z", "2020-01-31", FILTER_DATE_DAY},
    {"2020-01-31T00:01", "2020-01-31T00:01", FILTER_DATE_MINUTE},
    {"2020-01-31T10:00:00Z", "2020-01-31T10:00", FILTER_DATE_MINUTE},
    {"2020-01-31T00:00:30", "2020-01-31T00:00:30", FILTER_DATE_SECOND},
    {"2020-01-31T10:00:30.00", "2020-01-31T10:00:30", FILTER_DATE_SECOND},
    {"2020-01-31T00:00:00.5", "2020-01-31T00:00:00.5", FILTER_DATE_FRACTION},
    {"2020-01-31T23:59:59.123456789Z", "2020-01-31T23:59:59.123456789", FILTER_DATE_FRACTION},
    {"2020-01-31T10:00:30.500", "2020-01-31T10:00:30.5", FILTER_DATE_FRACTION},
};

static void dates_get_their_shortest_spelling(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(accepted); ++i) {
        struct filter_date date;
        check(accepted[i].text, filter_date_read(slice_of(accepted[i].text), &date) == NULL);
        check_slice(accepted[i].text, (h2o_iovec_t){date.text, date.len}, slice_of(accepted[i].shortest));
        check(accepted[i].text, date.text[date.len] == '\0');
        check(accepted[i].text, date.last == accepted[i].last);
    }
}

static struct text predicate_of(h2o_mem_pool_t *pool, const char *date_text,
                                void (*add)(struct text *, h2o_iovec_t, const struct filter_date *))
{
    struct text out;
    struct filter_date date;
    text_start(&out, pool, 64);
    assert_null(filter_date_read(slice_of(date_text), &date));
    add(&out, SLICE("$.\"A\""), &date);
    return out;
}

static void earlier_texts_with_z_are_named(void **state)
{
    struct text less = predicate_of(pool_of(state), "2020-01-31T10:00:30.55", filter_date_add_less);
    h2o_iovec_t tail =
        SLICE(" && ($.\"A\" < \"2020-01-31T10:00:30.55\" || $.\"A\" == \"2020-01-31T10:00Z\" || $.\"A\" == "
              "\"2020-01-31T10:00:30Z\" || $.\"A\" == \"2020-01-31T10:00:30.5Z\"))");
    assert_true(less.len > tail.len);
    check_slice("less", slice_from(text_slice(&less), less.len - tail.len), tail);
}

static void equal_is_a_closed_pattern(void **state)
{
    struct text equal = predicate_of(pool_of(state), "2020-01-31T10:00:30.5", filter_date_add_equal);
    check_slice("equal", text_slice(&equal), SLICE("$.\"A\" like_regex \"^2020-01-31T10:00:30[.]50*Z?$\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_date_is_refused),
        cmocka_unit_test(dates_get_their_shortest_spelling),
        test_with_pool(earlier_texts_with_z_are_named),
        test_with_pool(equal_is_a_closed_pattern),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
