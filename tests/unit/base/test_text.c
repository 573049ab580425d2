/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "base/text.h"
#include <time.h>

static void escapes_json_strings(void **state)
{
    static const struct {
        const char *name;
        h2o_iovec_t text;
        const char *json;
    } cases[] = {
        {"NUL", {"\0", 1}, "\"\\u0000\""},
        {"quote ends nothing", {"\",\"admin\":true,\"", 16}, "\"\\\",\\\"admin\\\":true,\\\"\""},
        {"backslash", {"\\", 1}, "\"\\\\\""},
        {"short escapes", {"\b\t\n\f\r", 5}, "\"\\b\\t\\n\\f\\r\""},
        {"long escapes", {"\x01\x0b\x1f", 3}, "\"\\u0001\\u000b\\u001f\""},
        {"DEL", {"\x7f", 1}, "\"\\u007f\""},
        {"C1 controls", {"\xc2\x80\xc2\x9b\xc2\x9f", 6}, "\"\\u0080\\u009b\\u009f\""},
        {"first behind C1", {"\xc2\xa0", 2}, "\"\xc2\xa0\""},
        {"lone continuation", {"a\x80z", 3}, "\"a\xef\xbf\xbdz\""},
        {"overlong slash", {"\xc0\xaf", 2}, "\"\xef\xbf\xbd\xef\xbf\xbd\""},
        {"surrogate", {"\xed\xa0\x80", 3}, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
        {"cut at the end", {"a\xe2\x82", 3}, "\"a\xef\xbf\xbd\xef\xbf\xbd\""},
        {"cut before a quote", {"\xe2\x82\"", 3}, "\"\xef\xbf\xbd\xef\xbf\xbd\\\"\""},
        {"above U+10FFFF", {"\xf4\x90\x80\x80", 4}, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
        {"four bytes", {"\xf0\x9f\x98\x80", 4}, "\"\xf0\x9f\x98\x80\""},
        {"markup stays", {"<a href='/'>&</a>", 17}, "\"<a href='/'>&</a>\""},
        {"line separator stays", {"\xe2\x80\xa8", 3}, "\"\xe2\x80\xa8\""},
        {"empty", {"", 0}, "\"\""},
        {"none", {NULL, 0}, "\"\""},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        struct text text;
        text_start(&text, pool_of(state), 0);
        text_add_json_string(&text, cases[i].text);
        check_slice(cases[i].name, text_slice(&text), slice_of(cases[i].json));
    }
}

static void grows_from_nothing(void **state)
{
    struct text text;
    text_start(&text, pool_of(state), 0);
    for (unsigned i = 0; i < 20000; ++i)
        text_add(&text, SLICE("0123456789"));
    assert_int_equal(text.len, 200000);
    for (size_t i = 0; i < text.len; ++i)
        if (text.base[i] != (char)('0' + i % 10))
            fail_msg("byte %zu was lost", i);
}

static void grows_for_one_long_piece(void **state)
{
    struct text text;
    h2o_iovec_t piece = slice_format(pool_of(state), "%0*d", 100000, 7);
    text_start(&text, pool_of(state), 1);
    text_add_char(&text, 'a');
    text_add(&text, piece);
    text_add_char(&text, 'z');
    assert_int_equal(text.len, 100002);
    assert_int_equal(text.base[0], 'a');
    assert_memory_equal(text.base + 1, piece.base, piece.len);
    assert_int_equal(text.base[100001], 'z');
}

static void adds_nothing(void **state)
{
    struct text text;
    text_start(&text, pool_of(state), 10);
    text_add(&text, SLICE_NONE);
    text_add(&text, SLICE(""));
    text_add_format(&text, "%s", "");
    text_add_string_member(&text, SLICE("scope"), SLICE_NONE);
    assert_int_equal(text.len, 0);
}

static void writes_numbers(void **state)
{
    static const struct {
        int64_t value;
        const char *text;
    } cases[] = {
        {0, "0"},
        {9, "9"},
        {10, "10"},
        {-1, "-1"},
        {INT64_MAX, "9223372036854775807"},
        {INT64_MIN, "-9223372036854775808"},
    };
    struct text text;
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        text_start(&text, pool_of(state), 0);
        text_add_i64(&text, cases[i].value);
        check_slice(cases[i].text, text_slice(&text), slice_of(cases[i].text));
    }
    text_start(&text, pool_of(state), 0);
    text_add_u64(&text, UINT64_MAX);
    check_slice("largest", text_slice(&text), SLICE("18446744073709551615"));
}

/* Every length around the room that is left: the NUL of vsnprintf must neither be counted nor cut the text. */
static void formats_into_any_room(void **state)
{
    for (int len = 0; len < 200; ++len) {
        struct text text;
        text_start(&text, pool_of(state), 64);
        text_add_char(&text, '<');
        text_add_format(&text, "%0*d", len, 0);
        text_add_char(&text, '>');
        h2o_iovec_t want = slice_format(pool_of(state), "<%0*d>", len, 0);
        check_slice("formatted", text_slice(&text), want);
    }
}

static void separates_members(void **state)
{
    struct text text;
    text_start(&text, pool_of(state), 0);
    text_add_char(&text, '{');
    text_add_string_member(&text, SLICE("absent"), SLICE_NONE);
    text_add_string_member(&text, SLICE("a"), SLICE("x\"y"));
    text_add_u64_member(&text, SLICE("b"), 600);
    text_add_string_member(&text, SLICE("absent"), SLICE_NONE);
    text_add_member(&text, SLICE("c"));
    text_add(&text, SLICE("[{"));
    text_add_string_member(&text, SLICE("d"), SLICE(""));
    text_add(&text, SLICE("},{"));
    text_add_string_member(&text, SLICE("e"), SLICE("{"));
    text_add_string_member(&text, SLICE("f"), SLICE("["));
    text_add(&text, SLICE("}]}"));
    check_slice("object", text_slice(&text),
                SLICE("{\"a\":\"x\\\"y\",\"b\":600,\"c\":[{\"d\":\"\"},{\"e\":\"{\",\"f\":\"[\"}]}"));
    text_start(&text, pool_of(state), 0);
    text_add_char(&text, '[');
    text_add_member(&text, SLICE("first"));
    check_slice("behind a bracket", text_slice(&text), SLICE("[\"first\":"));
    text_start(&text, pool_of(state), 0);
    text_add_u64_member(&text, SLICE("first"), 1);
    text_add_u64_member(&text, SLICE("second"), 2);
    check_slice("without braces", text_slice(&text), SLICE("\"first\":1,\"second\":2"));
}

#define US INT64_C(1000000)

static void writes_times(void **state)
{
    static const struct {
        int64_t us;
        const char *text;
    } cases[] = {
        {INT64_MIN, "0000-01-01T00:00:00.000000Z"},
        {INT64_C(-62167219200) * US - 1, "0000-01-01T00:00:00.000000Z"},
        {INT64_C(-62167219200) * US, "0000-01-01T00:00:00.000000Z"},
        {INT64_C(-62162035201) * US, "0000-02-29T23:59:59.000000Z"},
        {INT64_C(-62135596800) * US, "0001-01-01T00:00:00.000000Z"},
        {INT64_C(-2203891201) * US, "1900-02-28T23:59:59.000000Z"},
        {INT64_C(-2203891200) * US, "1900-03-01T00:00:00.000000Z"},
        {-1, "1969-12-31T23:59:59.999999Z"},
        {0, "1970-01-01T00:00:00.000000Z"},
        {INT64_C(951782399) * US + 999999, "2000-02-28T23:59:59.999999Z"},
        {INT64_C(951782400) * US, "2000-02-29T00:00:00.000000Z"},
        {INT64_C(951868800) * US, "2000-03-01T00:00:00.000000Z"},
        {INT64_C(1795299369) * US + 123, "2026-11-21T22:16:09.000123Z"},
        {INT64_C(2147483648) * US, "2038-01-19T03:14:08.000000Z"},
        {INT64_C(4107542400) * US - 1, "2100-02-28T23:59:59.999999Z"},
        {INT64_C(4107542400) * US, "2100-03-01T00:00:00.000000Z"},
        {INT64_C(253402300800) * US - 1, "9999-12-31T23:59:59.999999Z"},
        {INT64_C(253402300800) * US, "9999-12-31T23:59:59.999999Z"},
        {INT64_MAX, "9999-12-31T23:59:59.999999Z"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        struct text text;
        text_start(&text, pool_of(state), 0);
        text_add_time(&text, cases[i].us);
        check_slice(cases[i].text, text_slice(&text), slice_of(cases[i].text));
    }
}

/* Every third day of ten thousand years as the C library has it. */
static void agrees_with_the_c_library(void **state)
{
    struct text text;
    text_start(&text, pool_of(state), 0);
    for (int64_t s = INT64_C(-62167219200); s < INT64_C(253402300800); s += 3 * 86400 + 1) {
        struct tm tm;
        time_t seconds = (time_t)s;
        char want[64];
        assert_non_null(gmtime_r(&seconds, &tm));
        snprintf(want, sizeof(want), "%04d-%02d-%02dT%02d:%02d:%02d.000000Z", tm.tm_year + 1900, tm.tm_mon + 1,
                 tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
        text.len = 0;
        text_add_time(&text, s * US);
        check_slice(want, text_slice(&text), slice_of(want));
    }
}

static void test_braced_words(void **state)
{
    const h2o_iovec_t words[] = {SLICE("a:read"), SLICE("b,c{}"), SLICE("")};
    check_slice("none", text_braced_words(pool_of(state), NULL, 0), SLICE("{}"));
    check_slice("one", text_braced_words(pool_of(state), words, 1), SLICE("{\"a:read\"}"));
    check_slice("more", text_braced_words(pool_of(state), words, 3), SLICE("{\"a:read\",\"b,c{}\",\"\"}"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_with_pool(escapes_json_strings),
        test_with_pool(grows_from_nothing),
        test_with_pool(grows_for_one_long_piece),
        test_with_pool(adds_nothing),
        test_with_pool(writes_numbers),
        test_with_pool(formats_into_any_room),
        test_with_pool(separates_members),
        test_with_pool(writes_times),
        test_with_pool(agrees_with_the_c_library),
        test_with_pool(test_braced_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
