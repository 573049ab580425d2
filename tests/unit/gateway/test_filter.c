/* SPDX-License-Identifier: Apache-2.0 */
/* What filters mean is tested against PostgreSQL by tests/e2e/test_filter.py; here stand the refusals, with their
 * places, and the form. */
#include "gateway/filter.h"

#include "check.h"

static const struct {
    const char *text;
    size_t position;
    const char *what; /* how it begins */
} refused[] = {
    {"", 1, "the name of a member is missing"},
    {"   ", 4, "the name of a member is missing"},
    {"5 eq 5", 1, "the name of a member is missing"},
    {"'a' eq 'a'", 1, "the name of a member is missing"},
    {"Name", 5, "one of eq, ne"},
    {"Name like 'x'", 6, "one of eq, ne"},
    {"Name EQ 'x'", 6, "one of eq, ne"},
    {"Name = 'x'", 6, "this character"},
    {"Name eq", 8, "a value is missing"},
    {"Name eq Other", 9, "a value is missing"},
    {"Name eq (5)", 9, "a value is missing"},
    {"Name eq 'x", 9, "a string is not closed"},
    {"Name eq 'x'' ", 9, "a string is not closed"},
    {"Name eq 5 6", 11, "and, or, or the end"},
    {"Name eq 5)", 10, "and, or, or the end"},
    {"Name eq 5 and", 14, "the name of a member is missing"},
    {"Name eq 5 or or", 16, "one of eq, ne"}, /* the second `or` stands where a member has its name */
    {"not", 4, "the name of a member is missing"},
    {"(Name eq 5", 1, "this parenthesis is not closed"},
    {"((Name eq 5)", 1, "this parenthesis is not closed"},
    {"(Name eq 5 6)", 12, "and, or, or a closing"},
    {"()", 2, "the name of a member is missing"},
    {"Name gt null", 9, "null, true and false"},
    {"Name le true", 9, "null, true and false"},
    {"Name eq 1e99", 9, "this is neither a number nor a date"},
    {"Name eq datetime'2020-02-30'", 9, "there is no such day"},
    {"Name eq 2020-01-01T00:00:00+01:00", 9, "a date has the form"},
    {"substringof('x', Name)", 12, "one of eq, ne"},
    {"Gr\xc3\xb6\xc3\x9f"
     "e eq ?",
     10, "this character"},
};

static void wrong_filters_are_refused_with_their_place(void **state)
{
    for (size_t i = 0; i < COUNT_OF(refused); ++i) {
        h2o_iovec_t jsonpath = SLICE_NONE;
        struct filter_fault fault = {0, NULL};
        check(refused[i].text, !filter_read(pool_of(state), slice_of(refused[i].text), &jsonpath, &fault));
        check(refused[i].text, jsonpath.base == NULL);
        if (fault.position != refused[i].position ||
            !slice_starts_with(slice_of(fault.what), slice_of(refused[i].what)))
            fail_msg("case \"%s\": position %zu, %s", refused[i].text, fault.position, fault.what);
    }
}

/* The parts of a comparison with 2020-01-31. */
#define IS_DATE  "$.\"A\" like_regex \"^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?Z?)?$\""
#define IS_EQUAL "$.\"A\" like_regex \"^2020-01-31(T00:00(:00([.]0+)?)?Z?)?$\""
#define IS_LESS  "(" IS_DATE " && ($.\"A\" < \"2020-01-31\"))"

static const struct {
    const char *name, *text, *jsonpath;
} accepted[] = {
    {"equal", "A eq 5", "strict (($.\"A\" == 5))"},
    {"not equal", "A ne 5", "strict (!($.\"A\" == 5) || ($.\"A\" == 5) is unknown)"},
    {"not", "not A eq 5", "strict (!($.\"A\" == 5) || ($.\"A\" == 5) is unknown)"},
    {"not twice", "not not A eq 5", "strict (($.\"A\" == 5))"},
    {"null", "A eq null", "strict (($.\"A\" == null) || ($.\"A\" == null) is unknown)"},
    {"not null", "A ne null", "strict (!($.\"A\" == null))"},
    {"and binds before or", "A eq 1 or B eq 2 and C eq 3",
     "strict ((($.\"A\" == 1)) || ((($.\"B\" == 2)) && (($.\"C\" == 3))))"},
    {"not turns and into or", "not (A gt 1 and B lt 2)",
     "strict ((!($.\"A\" > 1) || ($.\"A\" > 1) is unknown) || (!($.\"B\" < 2) || ($.\"B\" < 2) is unknown))"},
    {"path", "A/B ge -1.50M", "strict (($.\"A\".\"B\" >= -1.50))"},
    {"true", "A eq true", "strict (($.\"A\" == true))"},
    {"not false", "A ne false", "strict (!($.\"A\" == false) || ($.\"A\" == false) is unknown)"},
    {"at a date", "A eq 2020-01-31", "strict ((" IS_EQUAL "))"},
    {"not at a date", "A ne 2020-01-31", "strict (!(" IS_EQUAL ") || (" IS_EQUAL ") is unknown)"},
    {"before a date", "A lt datetime'2020-01-31'", "strict ((" IS_LESS "))"},
    {"up to a date", "A le 2020-01-31", "strict ((" IS_LESS " || " IS_EQUAL "))"},
    {"after a date", "A gt 2020-01-31", "strict ((" IS_DATE " && !(" IS_LESS " || " IS_EQUAL ")))"},
    {"from a date on", "A ge 2020-01-31", "strict ((" IS_DATE " && !(" IS_LESS ")))"},
    {"what could end a string cannot", "A eq '\" || true || \"\\'",
     "strict (($.\"A\" == \"\\\" || true || \\\"\\\\\"))"},
    {"control characters", "A eq '\n\x01'", "strict (($.\"A\" == \"\\n\\u0001\"))"},
};

static void filters_become_jsonpaths(void **state)
{
    for (size_t i = 0; i < COUNT_OF(accepted); ++i) {
        h2o_iovec_t jsonpath;
        struct filter_fault fault = {0, "nothing"};
        if (!filter_read(pool_of(state), slice_of(accepted[i].text), &jsonpath, &fault))
            fail_msg("case \"%s\": %zu %s", accepted[i].name, fault.position, fault.what);
        check_slice(accepted[i].name, jsonpath, slice_of(accepted[i].jsonpath));
    }
}

/* `count` times `part`, then `last`. */
static h2o_iovec_t repeated(h2o_mem_pool_t *pool, const char *part, size_t count, const char *last)
{
    size_t len = strlen(part);
    h2o_iovec_t text = {h2o_mem_alloc_pool(pool, len * count + strlen(last)), len * count + strlen(last)};
    for (size_t i = 0; i < count; ++i)
        memcpy(text.base + i * len, part, len);
    memcpy(text.base + count * len, last, strlen(last));
    return text;
}

static void limits_hold(void **state)
{
    h2o_mem_pool_t *pool = pool_of(state);
    h2o_iovec_t jsonpath;
    struct filter_fault fault;
    assert_true(
        filter_read(pool, repeated(pool, "A eq 1 or ", LIMIT_FILTER_TERMS_MAX - 1, "A eq 1"), &jsonpath, &fault));
    assert_false(filter_read(pool, repeated(pool, "A eq 1 or ", LIMIT_FILTER_TERMS_MAX, "A eq 1"), &jsonpath, &fault));
    assert_string_equal(fault.what, "the filter has too many comparisons");
    assert_true(filter_read(pool, repeated(pool, "not ", LIMIT_FILTER_DEPTH_MAX, "A eq 1"), &jsonpath, &fault));
    assert_false(filter_read(pool, repeated(pool, "not ", LIMIT_FILTER_DEPTH_MAX + 1, "A eq 1"), &jsonpath, &fault));
    assert_string_equal(fault.what, "the filter is nested too deep");
    assert_false(filter_read(pool, repeated(pool, "(", LIMIT_FILTER_DEPTH_MAX + 1, "A eq 1"), &jsonpath, &fault));
    assert_true(filter_read(pool, repeated(pool, "x", LIMIT_FILTER_BYTES_MAX - 5, " eq 1"), &jsonpath, &fault));
    assert_false(filter_read(pool, repeated(pool, "x", LIMIT_FILTER_BYTES_MAX - 4, " eq 1"), &jsonpath, &fault));
    assert_string_equal(fault.what, "the filter is too long");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_with_pool(wrong_filters_are_refused_with_their_place),
        test_with_pool(filters_become_jsonpaths),
        test_with_pool(limits_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
