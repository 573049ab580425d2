/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "base/slice.h"

static void refuses_malformed_utf8(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        h2o_iovec_t text;
    } cases[] = {
        {"lone continuation", {"\x80", 1}},
        {"continuation behind ASCII", {"abcdefgh\xbf", 9}},
        {"overlong slash in two", {"\xc0\xaf", 2}},
        {"overlong NUL", {"\xc0\x80", 2}},
        {"overlong in two, last", {"\xc1\xbf", 2}},
        {"overlong in three", {"\xe0\x9f\xbf", 3}},
        {"overlong in four", {"\xf0\x8f\xbf\xbf", 4}},
        {"first surrogate", {"\xed\xa0\x80", 3}},
        {"last surrogate", {"\xed\xbf\xbf", 3}},
        {"surrogate pair", {"\xed\xa0\xbd\xed\xb8\x80", 6}},
        {"above U+10FFFF", {"\xf4\x90\x80\x80", 4}},
        {"first byte F5", {"\xf5\x80\x80\x80", 4}},
        {"five bytes", {"\xf8\x88\x80\x80\x80", 5}},
        {"first byte FF", {"\xff", 1}},
        {"two cut after one", {"\xc3", 1}},
        {"three cut after two", {"\xe2\x82", 2}},
        {"four cut after three", {"\xf0\x9f\x98", 3}},
        {"second byte is ASCII", {"\xc3(", 2}},
        {"third byte is ASCII", {"\xe2\x82(", 3}},
        {"fourth byte is ASCII", {"\xf0\x9f\x98(", 4}},
        {"wrong behind sixteen right bytes", {"0123456789abcdef\xc3", 17}},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i)
        check(cases[i].name, !slice_is_utf8(cases[i].text));
}

static void accepts_utf8(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        h2o_iovec_t text;
    } cases[] = {
        {"none", {NULL, 0}},
        {"empty", {"", 0}},
        {"NUL", {"\0", 1}},
        {"ASCII of odd length", {"hello, world!", 13}},
        {"first of two", {"\xc2\x80", 2}},
        {"last of two", {"\xdf\xbf", 2}},
        {"first of three", {"\xe0\xa0\x80", 3}},
        {"last before the surrogates", {"\xed\x9f\xbf", 3}},
        {"first behind the surrogates", {"\xee\x80\x80", 3}},
        {"last of three", {"\xef\xbf\xbf", 3}},
        {"first of four", {"\xf0\x90\x80\x80", 4}},
        {"U+10FFFF", {"\xf4\x8f\xbf\xbf", 4}},
        {"byte order mark", {"\xef\xbb\xbf", 3}},
        {"words and wide characters by turns",
         {"abcdefgh\xc5\xbc"
          "abcdefgh\xf0\x9f\x98\x80x",
          23}},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i)
        check(cases[i].name, slice_is_utf8(cases[i].text));
}

static size_t encode_utf8(uint32_t point, char out[static 4])
{
    if (point < 0x80)
        return out[0] = (char)point, 1;
    if (point < 0x800)
        return out[0] = (char)(0xc0 | point >> 6), out[1] = (char)(0x80 | (point & 0x3f)), 2;
    if (point < 0x10000) {
        out[0] = (char)(0xe0 | point >> 12), out[1] = (char)(0x80 | (point >> 6 & 0x3f));
        return out[2] = (char)(0x80 | (point & 0x3f)), 3;
    }
    out[0] = (char)(0xf0 | point >> 18), out[1] = (char)(0x80 | (point >> 12 & 0x3f));
    return out[2] = (char)(0x80 | (point >> 6 & 0x3f)), out[3] = (char)(0x80 | (point & 0x3f)), 4;
}

static void measures_every_code_point(void **state)
{
    (void)state;
    char bytes[4];
    for (uint32_t point = 0; point < 0x120000; ++point) {
        size_t len = encode_utf8(point, bytes);
        bool surrogate = point >= 0xd800 && point < 0xe000;
        size_t want = surrogate || point > 0x10ffff ? 0 : len;
        if (slice_utf8_length((h2o_iovec_t){bytes, len}) != want)
            fail_msg("U+%04X: want %zu bytes", point, want);
        if (len > 1 && slice_utf8_length((h2o_iovec_t){bytes, len - 1}) != 0)
            fail_msg("U+%04X: accepted without its last byte", point);
    }
    assert_int_equal(slice_utf8_length(SLICE_NONE), 0);
}

static void refuses_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text;
        uint64_t max;
    } cases[] = {
        {"empty", "", UINT64_MAX},
        {"sign", "+1", UINT64_MAX},
        {"minus", "-1", UINT64_MAX},
        {"blank before", " 1", UINT64_MAX},
        {"blank behind", "1 ", UINT64_MAX},
        {"leading zero", "01", UINT64_MAX},
        {"two zeros", "00", UINT64_MAX},
        {"hex", "0x10", UINT64_MAX},
        {"letter", "1a", UINT64_MAX},
        {"exponent", "1e3", UINT64_MAX},
        {"fraction", "1.0", UINT64_MAX},
        {"one more than 2^64 - 1", "18446744073709551616", UINT64_MAX},
        {"overflow by multiplication", "99999999999999999999", UINT64_MAX},
        {"very long", "1000000000000000000000000000000000000000", UINT64_MAX},
        {"above the bound", "101", 100},
        {"Arabic-Indic digit", "\xd9\xa1", UINT64_MAX},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        uint64_t value = 4711;
        check(cases[i].name, !slice_to_u64(slice_of(cases[i].text), cases[i].max, &value));
        check(cases[i].name, value == 4711);
    }
    uint64_t value = 4711;
    assert_false(slice_to_u64((h2o_iovec_t){"1\0", 2}, UINT64_MAX, &value));
    assert_false(slice_to_u64(SLICE_NONE, UINT64_MAX, &value));
    assert_int_equal(value, 4711);
}

static void reads_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t max, value;
    } cases[] = {
        {"0", 0, 0},
        {"7", UINT64_MAX, 7},
        {"100", 100, 100},
        {"9223372036854775807", INT64_MAX, INT64_MAX},
        {"18446744073709551615", UINT64_MAX, UINT64_MAX},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        uint64_t value = 4711;
        check(cases[i].text, slice_to_u64(slice_of(cases[i].text), cases[i].max, &value));
        check(cases[i].text, value == cases[i].value);
    }
}

static void refuses_c_strings_with_nul(void **state)
{
    const char *out = "untouched";
    assert_false(slice_cstr(pool_of(state), (h2o_iovec_t){"a\0b", 3}, &out));
    assert_false(slice_cstr(pool_of(state), (h2o_iovec_t){"a\0", 2}, &out));
    assert_false(slice_cstr(pool_of(state), (h2o_iovec_t){"\0", 1}, &out));
    assert_string_equal(out, "untouched");
    assert_true(slice_cstr(pool_of(state), (h2o_iovec_t){"abc", 2}, &out));
    assert_string_equal(out, "ab");
    assert_true(slice_cstr(pool_of(state), SLICE_NONE, &out));
    assert_string_equal(out, "");
}

static void check_parts(const char *text, const char *const *parts)
{
    h2o_iovec_t rest = slice_of(text);
    while (rest.base != NULL) {
        check(text, *parts != NULL);
        check_slice(text, slice_cut(&rest, ','), slice_of(*parts++));
    }
    check(text, *parts == NULL);
}

static void cuts_every_part(void **state)
{
    (void)state;
    static const struct {
        const char *text, *parts[5];
    } cases[] = {
        {"", {""}},        {"a", {"a"}},        {",", {"", ""}},          {"a,", {"a", ""}},
        {",a", {"", "a"}}, {"a,b", {"a", "b"}}, {"a,,b", {"a", "", "b"}},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i)
        check_parts(cases[i].text, cases[i].parts);
    h2o_iovec_t none = SLICE_NONE;
    assert_null(slice_cut(&none, ',').base);
    assert_null(none.base);
}

static void trims_blanks_only(void **state)
{
    (void)state;
    static const struct {
        const char *text, *trimmed;
    } cases[] = {
        {"", ""},    {" ", ""},    {" \t \t", ""},       {"a", "a"},
        {" a", "a"}, {"a\t", "a"}, {"\t a b \t", "a b"}, {"\na\r", "\na\r"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i)
        check_slice(cases[i].text, slice_trim(slice_of(cases[i].text)), slice_of(cases[i].trimmed));
    assert_int_equal(slice_trim(SLICE_NONE).len, 0);
}

static void compares(void **state)
{
    (void)state;
    assert_true(slice_equal(SLICE_NONE, SLICE("")));
    assert_true(slice_equal(SLICE("a"), SLICE("a")));
    assert_false(slice_equal(SLICE("a"), SLICE("A")));
    assert_false(slice_equal(SLICE("a"), SLICE("ab")));
    assert_false(slice_equal(SLICE("a\0b"), SLICE("a\0c")));
    assert_true(slice_equal_ignoring_case(SLICE_NONE, SLICE_NONE));
    assert_true(slice_equal_ignoring_case(SLICE("Content-TYPE"), SLICE("content-type")));
    assert_false(slice_equal_ignoring_case(SLICE("a"), SLICE("ab")));
    assert_false(slice_equal_ignoring_case(SLICE("@"), SLICE("`"))); /* the neighbours of the letters */
    assert_false(slice_equal_ignoring_case(SLICE("["), SLICE("{")));
    assert_false(slice_equal_ignoring_case(SLICE("\xc3\x84"), SLICE("\xc3\xa4")));
    assert_true(slice_starts_with(SLICE("abc"), SLICE("ab")));
    assert_true(slice_starts_with(SLICE("abc"), SLICE("")));
    assert_true(slice_starts_with(SLICE_NONE, SLICE_NONE));
    assert_false(slice_starts_with(SLICE("ab"), SLICE("abc")));
    assert_false(slice_starts_with(SLICE("abc"), SLICE("ac")));
}

static void finds_and_skips(void **state)
{
    (void)state;
    assert_true(slice_find(SLICE_NONE, 'a') == SIZE_MAX);
    assert_true(slice_find(SLICE("bcd"), 'a') == SIZE_MAX);
    assert_int_equal(slice_find(SLICE("bab"), 'b'), 0);
    assert_int_equal(slice_find((h2o_iovec_t){"a\0b", 3}, 'b'), 2);
    check_slice("inside", slice_from(SLICE("abc"), 1), SLICE("bc"));
    assert_int_equal(slice_from(SLICE("abc"), 3).len, 0);
    assert_int_equal(slice_from(SLICE("abc"), SIZE_MAX).len, 0);
    assert_non_null(slice_from(SLICE("abc"), SIZE_MAX).base);
    assert_null(slice_from(SLICE_NONE, 7).base);
}

static void copies_with_a_nul_behind(void **state)
{
    char bytes[] = "abc";
    h2o_iovec_t copy = slice_copy(pool_of(state), (h2o_iovec_t){bytes, 2});
    bytes[0] = 'x';
    check_slice("copy", copy, SLICE("ab"));
    assert_int_equal(copy.base[2], '\0');
    assert_non_null(slice_copy(pool_of(state), SLICE_NONE).base);
}

static void formats(void **state)
{
    h2o_iovec_t text = slice_format(pool_of(state), "%s-%d-%.*s", "a", -7, SLICE_ARGS(SLICE("slice")));
    check_slice("short", text, SLICE("a--7-slice"));
    assert_int_equal(text.base[text.len], '\0');
    assert_int_equal(slice_format(pool_of(state), "%s", "").len, 0);
    text = slice_format(pool_of(state), "%0*d", 100000, 1);
    assert_int_equal(text.len, 100000);
    assert_int_equal(text.base[99999], '1');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_malformed_utf8),
        cmocka_unit_test(accepts_utf8),
        cmocka_unit_test(measures_every_code_point),
        cmocka_unit_test(refuses_numbers),
        cmocka_unit_test(reads_numbers),
        test_with_pool(refuses_c_strings_with_nul),
        cmocka_unit_test(cuts_every_part),
        cmocka_unit_test(trims_blanks_only),
        cmocka_unit_test(compares),
        cmocka_unit_test(finds_and_skips),
        test_with_pool(copies_with_a_nul_behind),
        test_with_pool(formats),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
