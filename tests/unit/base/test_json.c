/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "base/json.h"

#include <jansson.h>

#define TEXT(literal)                                                                                                  \
    {                                                                                                                  \
        (char *)"" literal, sizeof(literal) - 1                                                                        \
    }
#define OF_A(value) TEXT("{\"a\":" value "}")
#define DIGITS_10   "1234567890"
#define ZEROS_10    "0000000000"

/* --- what is refused, and where --- */

struct refusal {
    const char *name;
    h2o_iovec_t text;
    const char *where;
    size_t offset;
};

static void check_refusal(h2o_mem_pool_t *pool, const struct refusal *wanted)
{
    struct json_object object = {NULL, 77};
    struct json_fault fault = {SLICE_NONE, SLICE_NONE, 0};
    check(wanted->name, !json_scan_object(pool, wanted->text, &object, &fault));
    check(wanted->name, object.members == NULL && object.count == 77);
    check_slice(wanted->name, fault.where, slice_of(wanted->where));
    if (fault.offset != wanted->offset)
        fail_msg("case \"%s\": offset %zu, want %zu", wanted->name, fault.offset, wanted->offset);
    check(wanted->name, fault.what.len > 0 && fault.what.base[fault.what.len - 1] != '.');
}

static void check_refusals(void **state, const struct refusal *cases, size_t count)
{
    for (size_t i = 0; i < count; ++i)
        check_refusal(pool_of(state), &cases[i]);
}

static void refuses_wrong_structure(void **state)
{
    static const struct refusal cases[] = {
        {"nothing", {NULL, 0}, "", 0},
        {"empty", TEXT(""), "", 0},
        {"blanks", TEXT(" \n"), "", 2},
        {"byte order mark", TEXT("\xef\xbb\xbf{}"), "", 0},
        {"UTF-16", TEXT("{\0}\0"), "", 1},
        {"array on top", TEXT("[]"), "", 0},
        {"string on top", TEXT("\"a\""), "", 0},
        {"number on top", TEXT(" 1"), "", 1},
        {"true on top", TEXT("true"), "", 0},
        {"null on top", TEXT("null"), "", 0},
        {"garbage on top", TEXT("<xml/>"), "", 0},
        {"open object", TEXT("{"), "", 1},
        {"object open behind a value", TEXT("{\"a\":1"), "", 6},
        {"object open behind a comma", TEXT("{\"a\":1,"), "", 7},
        {"object open behind a name", TEXT("{\"a\""), "/a", 4},
        {"object open behind a colon", TEXT("{\"a\":"), "/a", 5},
        {"open array", TEXT("{\"a\":["), "/a/0", 6},
        {"array open behind a value", TEXT("{\"a\":[1"), "/a", 7},
        {"array closed as object", TEXT("{\"a\":[1}"), "/a", 7},
        {"object closed as array", TEXT("{\"a\":1]"), "", 6},
        {"comma at the end of an object", TEXT("{\"a\":1,}"), "", 7},
        {"comma at the end of an array", TEXT("{\"a\":[1,]}"), "/a/1", 8},
        {"comma first in an object", TEXT("{,\"a\":1}"), "", 1},
        {"comma first in an array", TEXT("{\"a\":[,1]}"), "/a/0", 6},
        {"two commas", TEXT("{\"a\":1,,\"b\":2}"), "", 7},
        {"no comma in an object", TEXT("{\"a\":1 \"b\":2}"), "", 7},
        {"no comma in an array", TEXT("{\"a\":[1 2]}"), "/a", 8},
        {"no colon", TEXT("{\"a\" 1}"), "/a", 5},
        {"two colons", TEXT("{\"a\"::1}"), "/a", 5},
        {"equals sign", TEXT("{\"a\"=1}"), "/a", 4},
        {"no value", OF_A(""), "/a", 5},
        {"name in single quotes", TEXT("{'a':1}"), "", 1},
        {"name without quotes", TEXT("{a:1}"), "", 1},
        {"name is a number", TEXT("{1:1}"), "", 1},
        {"comment", TEXT("{/**/}"), "", 1},
        {"form feed between", TEXT("{\f}"), "", 1},
        {"no-break space between", TEXT("{\xc2\xa0}"), "", 1},
        {"raw NUL between", TEXT("{\0}"), "", 1},
        {"raw NUL for a value", OF_A("\0"), "/a", 5},
        {"raw NUL behind", TEXT("{}\0"), "", 2},
        {"word behind", TEXT("{} x"), "", 3},
        {"second object behind", TEXT("{}{}"), "", 2},
        {"bracket behind", TEXT("{}}"), "", 2},
        {"word cut", OF_A("nul"), "/a", 5},
        {"word capitalised", OF_A("True"), "/a", 5},
        {"word too long", OF_A("truest"), "", 9},
        {"NaN", OF_A("NaN"), "/a", 5},
        {"nan", OF_A("nan"), "/a", 5},
        {"Infinity", OF_A("Infinity"), "/a", 5},
        {"minus Infinity", OF_A("-Infinity"), "/a", 6},
        {"undefined", OF_A("undefined"), "/a", 5},
    };
    check_refusals(state, cases, COUNT_OF(cases));
}

static void refuses_wrong_numbers(void **state)
{
    static const struct refusal cases[] = {
        {"leading zero", OF_A("01"), "/a", 5},
        {"leading zero, negative", OF_A("-01"), "/a", 6},
        {"two zeros", OF_A("00"), "/a", 5},
        {"point last", OF_A("1."), "/a", 7},
        {"point first", OF_A(".5"), "/a", 5},
        {"point first, negative", OF_A("-.5"), "/a", 6},
        {"plus", OF_A("+1"), "/a", 5},
        {"minus alone", OF_A("-"), "/a", 6},
        {"two minuses", OF_A("--1"), "/a", 6},
        {"exponent empty", OF_A("1e"), "/a", 7},
        {"exponent with sign only", OF_A("1e+"), "/a", 8},
        {"exponent with two signs", OF_A("1e+-1"), "/a", 8},
        {"exponent behind a point", OF_A("1.e5"), "/a", 7},
        {"exponent with a point", OF_A("1e5.5"), "", 8},
        {"two points", OF_A("1.5.5"), "", 8},
        {"hexadecimal", OF_A("0x10"), "", 6},
        {"underscore", OF_A("1_000"), "", 6},
        {"blank inside", OF_A("1 000"), "", 7},
        {"comma for point", OF_A("1,5"), "", 7},
        {"Arabic digit", OF_A("\xd9\xa1"), "/a", 5},
        {"41 digits", OF_A(DIGITS_10 DIGITS_10 DIGITS_10 DIGITS_10 "1"), "/a", 5},
        {"41 digits, negative", OF_A("-" DIGITS_10 DIGITS_10 DIGITS_10 DIGITS_10 "1"), "/a", 5},
        {"41 digits with fraction", OF_A(DIGITS_10 DIGITS_10 "." DIGITS_10 DIGITS_10 "1"), "/a", 5},
        {"40 digits of fraction", OF_A("0." ZEROS_10 ZEROS_10 ZEROS_10 DIGITS_10), "/a", 5},
        {"40 zeros of fraction", OF_A("0." ZEROS_10 ZEROS_10 ZEROS_10 ZEROS_10), "/a", 5},
        {"1e40", OF_A("1e40"), "/a", 5},
        {"1e-40", OF_A("1e-40"), "/a", 5},
        {"-1E+40", OF_A("-1E+40"), "/a", 5},
        {"123e38", OF_A("123e38"), "/a", 5},
        {"1.23e40", OF_A("1.23e40"), "/a", 5},
        {"0.1e-39", OF_A("0.1e-39"), "/a", 5},
        {"0.5e41", OF_A("0.5e41"), "/a", 5},
        {"zero with scale 40", OF_A("0e-40"), "/a", 5},
        {"exponent that overflows", OF_A("1e999999999999"), "/a", 5},
        {"exponent that overflows, negative", OF_A("1e-999999999999"), "/a", 5},
        {"exponent of 2^64 and one", OF_A("1e18446744073709551617"), "/a", 5},
        {"zero with an absurd exponent", OF_A("0e999999999999"), "/a", 5},
        {"zero with an absurd exponent, negative", OF_A("0e-999999999999"), "/a", 5},
        {"in an array", OF_A("[1,-2,1e40]"), "/a/2", 11},
    };
    check_refusals(state, cases, COUNT_OF(cases));
}

static void refuses_wrong_strings(void **state)
{
    static const struct refusal cases[] = {
        {"open", TEXT("{\"a\":\"x"), "/a", 7},
        {"open in a name", TEXT("{\"a"), "", 3},
        {"open behind a backslash", TEXT("{\"a\":\"\\"), "/a", 7},
        {"open behind an escaped quote", TEXT("{\"a\":\"\\\""), "/a", 8},
        {"raw NUL", OF_A("\"x\0\""), "/a", 7},
        {"raw NUL in a name", TEXT("{\"a\0\":1}"), "", 3},
        {"raw newline", OF_A("\"\n\""), "/a", 6},
        {"raw tab", OF_A("\"\t\""), "/a", 6},
        {"raw unit separator", OF_A("\"\x1f\""), "/a", 6},
        {"\\x", OF_A("\"\\x41\""), "/a", 6},
        {"\\'", OF_A("\"\\'\""), "/a", 6},
        {"\\0", OF_A("\"\\0\""), "/a", 6},
        {"\\U", OF_A("\"\\U0041\""), "/a", 6},
        {"backslash and NUL", OF_A("\"\\\0\""), "/a", 6},
        {"\\u with three digits", OF_A("\"\\u041\""), "/a", 6},
        {"\\u with a G", OF_A("\"\\u004G\""), "/a", 6},
        {"\\u with a sign", OF_A("\"\\u+041\""), "/a", 6},
        {"\\u cut by the end", TEXT("{\"a\":\"\\u00"), "/a", 6},
        {"U+0000", OF_A("\"x\\u0000\""), "/a", 7},
        {"U+0000 in a name", TEXT("{\"a\\u0000\":1}"), "", 3},
        {"high surrogate alone", OF_A("\"\\ud800\""), "/a", 6},
        {"high surrogate and a letter", OF_A("\"\\ud800x\\udc00\""), "/a", 6},
        {"high surrogate and an escaped letter", OF_A("\"\\ud800\\u0041\""), "/a", 6},
        {"two high surrogates", OF_A("\"\\udbff\\ud800\\udc00\""), "/a", 6},
        {"high surrogate and a cut low one", OF_A("\"\\ud800\\udc0\""), "/a", 6},
        {"low surrogate alone", OF_A("\"x\\udc00\""), "/a", 7},
        {"surrogates the wrong way round", OF_A("\"\\udc00\\ud800\""), "/a", 6},
        {"second pair broken", OF_A("\"\\ud83d\\ude00\\udfff\""), "/a", 18},
        {"surrogate in UTF-8", OF_A("\"\xed\xa0\x80\""), "/a", 6},
        {"surrogate pair in UTF-8", OF_A("\"\xed\xa0\xbd\xed\xb8\x80\""), "/a", 6},
        {"overlong NUL", OF_A("\"\xc0\x80\""), "/a", 6},
        {"overlong quote", OF_A("\"\xc0\xa2\""), "/a", 6},
        {"overlong in three", OF_A("\"x\xe0\x80\xaf\""), "/a", 7},
        {"overlong in four", OF_A("\"\xf0\x80\x80\xaf\""), "/a", 6},
        {"above U+10FFFF", OF_A("\"\xf4\x90\x80\x80\""), "/a", 6},
        {"continuation alone", OF_A("\"\x80\""), "/a", 6},
        {"sequence cut by the quote", OF_A("\"\xc3\""), "/a", 6},
        {"sequence cut by the end", TEXT("{\"a\":\"\xe2\x82"), "/a", 6},
        {"Latin-1", OF_A("\"caf\xe9\""), "/a", 9},
        {"Latin-1 in a name", TEXT("{\"\xe9\":1}"), "", 2},
        {"FF", OF_A("\"\xff\""), "/a", 6},
    };
    check_refusals(state, cases, COUNT_OF(cases));
}

static void refuses_repeated_members(void **state)
{
    static const struct refusal cases[] = {
        {"twice", TEXT("{\"a\":1,\"a\":2}"), "/a", 7},
        {"twice with the same value", TEXT("{\"a\":1, \"a\":1}"), "/a", 8},
        {"second one escaped", TEXT("{\"a\":1,\"\\u0061\":2}"), "/a", 7},
        {"first one escaped", TEXT("{\"\\u0061\":1,\"a\":2}"), "/a", 12},
        {"both escaped, differently", TEXT("{\"\\/\":1,\"\\u002f\":2}"), "/~1", 8},
        {"surrogates and UTF-8", TEXT("{\"\\ud83d\\ude00\":1,\"\xf0\x9f\x98\x80\":2}"), "/\xf0\x9f\x98\x80", 18},
        {"empty names", TEXT("{\"\":1,\"\":2}"), "/", 6},
        {"nested", TEXT("{\"x\":{\"a\":1,\"\\u0061\":2}}"), "/x/a", 12},
        {"in an array", TEXT("{\"x\":[{},{\"a\":1,\"a\":1}]}"), "/x/1/a", 16},
        {"the first repetition of two", TEXT("{\"a\":1,\"b\":2,\"b\":3,\"a\":4}"), "/b", 13},
        {"three times", TEXT("{\"a\":1,\"a\":2,\"a\":3}"), "/a", 7},
    };
    check_refusals(state, cases, COUNT_OF(cases));
}

static void escapes_the_pointer(void **state)
{
    static const struct refusal cases[] = {
        {"slash and tilde", TEXT("{\"a/b\":{\"c~d\":[0,1,x]}}"), "/a~1b/c~0d/2", 19},
        {"empty name", TEXT("{\"\":x}"), "/", 4},
        {"digits as a name", TEXT("{\"0\":[x]}"), "/0/0", 6},
        {"decoded name", TEXT("{\"\\u20ac\":x}"), "/\xe2\x82\xac", 10},
        {"tenth element", TEXT("{\"a\":[0,1,2,3,4,5,6,7,8,9,x]}"), "/a/10", 26},
    };
    check_refusals(state, cases, COUNT_OF(cases));
}

/* --- generated texts --- */

static h2o_iovec_t repeat(h2o_mem_pool_t *pool, h2o_iovec_t part, size_t times)
{
    h2o_iovec_t text = {h2o_mem_alloc_pool(pool, part.len * times + 1), part.len * times};
    for (size_t i = 0; i < times; ++i)
        memcpy(text.base + i * part.len, part.base, part.len);
    return text;
}

static void bounds_the_depth(void **state)
{
    struct json_object object;
    struct json_fault fault;
    h2o_mem_pool_t *pool = pool_of(state);
    h2o_iovec_t open = repeat(pool, SLICE("["), 15), close = repeat(pool, SLICE("]"), 15);
    h2o_iovec_t sixteen = slice_format(pool, "{\"a\":%.*s%.*s}", SLICE_ARGS(open), SLICE_ARGS(close));
    assert_true(json_scan_object(pool, sixteen, &object, &fault));

    h2o_iovec_t deeper = slice_format(pool, "{\"a\":%.*s0,{}%.*s}", SLICE_ARGS(open), SLICE_ARGS(close));
    struct refusal refusal = {"depth 17", deeper, "/a/0/0/0/0/0/0/0/0/0/0/0/0/0/0/1", 22};
    check_refusal(pool, &refusal);

    h2o_iovec_t abyss = repeat(pool, SLICE("{\"a\":"), 100000);
    refusal = (struct refusal){"depth 100000", abyss, "/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a", 80};
    check_refusal(pool, &refusal);
}

/* {"n0":0,"n1":0,...}, with one more member in the end when `last` is given. */
static h2o_iovec_t object_of(h2o_mem_pool_t *pool, size_t members, const char *last)
{
    char *base = h2o_mem_alloc_pool(pool, members * 20 + 100);
    int len = sprintf(base, "{");
    for (size_t i = 0; i < members; ++i)
        len += sprintf(base + len, "%s\"n%zu\":0", i == 0 ? "" : ",", i);
    if (last != NULL)
        len += sprintf(base + len, ",%s:0", last);
    len += sprintf(base + len, "}");
    return (h2o_iovec_t){base, (size_t)len};
}

static void bounds_the_members(void **state)
{
    struct json_object object;
    struct json_fault fault;
    h2o_mem_pool_t *pool = pool_of(state);
    assert_true(json_scan_object(pool, object_of(pool, LIMIT_JSON_MEMBERS_MAX, NULL), &object, &fault));
    assert_int_equal(object.count, LIMIT_JSON_MEMBERS_MAX);
    check_slice("last name", object.members[LIMIT_JSON_MEMBERS_MAX - 1].name, SLICE("n4095"));

    h2o_iovec_t more = object_of(pool, LIMIT_JSON_MEMBERS_MAX, "\"x\"");
    struct refusal refusal = {"4097 members", more, "", more.len - strlen("\"x\":0}")};
    check_refusal(pool, &refusal);
}

/* On both sides of the size where sorting begins, and where the list leaves the stack. */
static void finds_repetitions_among_many(void **state)
{
    static const size_t counts[] = {2, 31, 32, 33, 62, 63, 64, 65, 127, 128, 129, 4095};
    h2o_mem_pool_t *pool = pool_of(state);
    for (size_t i = 0; i < COUNT_OF(counts); ++i) {
        h2o_iovec_t text = object_of(pool, counts[i], "\"\\u006e1\"");
        struct refusal refusal = {slice_format(pool, "%zu", counts[i]).base, text, "/n1",
                                  text.len - strlen("\"\\u006e1\":0}")};
        check_refusal(pool, &refusal);
    }
    h2o_iovec_t inner = object_of(pool, 100, "\"n99\""), outer = object_of(pool, 100, NULL);
    h2o_iovec_t text = slice_format(pool, "%.*s,\"x\":%.*s}", (int)outer.len - 1, outer.base, SLICE_ARGS(inner));
    struct refusal refusal = {"nested", text, "/x/n99", text.len - strlen("\"n99\":0}}")};
    check_refusal(pool, &refusal);

    text = object_of(pool, 100, "\"n1\":0,\"n5\"");
    refusal = (struct refusal){"two", text, "/n1", text.len - strlen("\"n1\":0,\"n5\":0}")};
    check_refusal(pool, &refusal);
}

/* --- what is accepted --- */

static void accepts_numbers(void **state)
{
    static const char *const numbers[] = {
        "0",
        "-0",
        "1",
        "-1",
        "12.30",
        "0.1",
        "-0.0",
        "1e39",
        "1E39",
        "1e+39",
        "1e-39",
        "-1e-39",
        "100e37",
        "0.5e40",
        "0.00001e44",
        "123.456e-3",
        "1e0",
        "1e-0",
        "0e39",
        "0e9999",
        "0e-39",
        "0.000e+5",
        "1e00001",
        "1e00000000000000000000000000000000000039",
        "9223372036854775808",
        DIGITS_10 DIGITS_10 DIGITS_10 DIGITS_10,
        "-" DIGITS_10 DIGITS_10 "." DIGITS_10 DIGITS_10,
        "0." ZEROS_10 ZEROS_10 ZEROS_10 "123456789",
    };
    h2o_mem_pool_t *pool = pool_of(state);
    for (size_t i = 0; i < COUNT_OF(numbers); ++i) {
        struct json_object object;
        struct json_fault fault;
        check(numbers[i], json_scan_object(pool, slice_format(pool, "{\"a\": %s }", numbers[i]), &object, &fault));
        check(numbers[i], object.count == 1 && object.members[0].type == JSON_TYPE_NUMBER);
        check_slice(numbers[i], object.members[0].value, slice_of(numbers[i]));
    }
}

static void lists_members_as_written(void **state)
{
    static const struct json_member wanted[] = {
        {TEXT("null"), TEXT("null"), JSON_TYPE_NULL},
        {TEXT("yes"), TEXT("true"), JSON_TYPE_BOOLEAN},
        {TEXT("no"), TEXT("false"), JSON_TYPE_BOOLEAN},
        {TEXT("amount"), TEXT("12.30"), JSON_TYPE_NUMBER},
        {TEXT("text"), TEXT("\"a\\n\x7f\""), JSON_TYPE_STRING},
        {TEXT("array"), TEXT("[ 1 , {\"a\":[]} ]"), JSON_TYPE_ARRAY},
        {TEXT("object"), TEXT("{ \"b\" : {} }"), JSON_TYPE_OBJECT},
        {TEXT("a\xc3\xa9\"/\xf0\x9f\x98\x80"), TEXT("0"), JSON_TYPE_NUMBER},
        {TEXT(""), TEXT("\"\""), JSON_TYPE_STRING},
    };
    h2o_iovec_t text =
        SLICE("\t{ \"null\":null, \"yes\" : true ,\"no\":false\r\n,\"amount\":12.30,\"text\":\"a\\n\x7f\","
              "\"array\" :[ 1 , {\"a\":[]} ] ,\"object\":{ \"b\" : {} },\"a\\u00E9\\\"\\/\\uD83d\\uDe00\":0,"
              "\"\": \"\"} \n");
    struct json_object object;
    struct json_fault fault;
    assert_true(json_scan_object(pool_of(state), text, &object, &fault));
    assert_int_equal(object.count, COUNT_OF(wanted));
    for (size_t i = 0; i < COUNT_OF(wanted); ++i) {
        check_slice("name", object.members[i].name, wanted[i].name);
        check_slice("value", object.members[i].value, wanted[i].value);
        check(wanted[i].name.base, object.members[i].type == wanted[i].type);
        check(wanted[i].name.base, json_type_of(object.members[i].value) == wanted[i].type);
        check(wanted[i].name.base, json_find(&object, wanted[i].name) == &object.members[i]);
    }
    assert_null(json_find(&object, SLICE("nul")));
    assert_null(json_find(&object, SLICE("b")));
    assert_ptr_equal(object.members[0].name.base, text.base + 4); /* nothing to decode: no copy */
}

static void accepts_an_empty_object(void **state)
{
    struct json_object object = {NULL, 77};
    struct json_fault fault;
    assert_true(json_scan_object(pool_of(state), SLICE(" {\n} "), &object, &fault));
    assert_int_equal(object.count, 0);
    assert_null(json_find(&object, SLICE("")));
}

static void decodes_strings(void **state)
{
    static const struct {
        const char *name;
        h2o_iovec_t text, wanted;
    } cases[] = {
        {"empty", TEXT("\"\""), TEXT("")},
        {"plain", TEXT("\"abc\""), TEXT("abc")},
        {"short escapes", TEXT("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""), TEXT("\"\\/\b\f\n\r\t")},
        {"escaped backslash before a u", TEXT("\"\\\\u0041\""), TEXT("\\u0041")},
        {"one byte", TEXT("\"\\u0001\\u007f\""), TEXT("\x01\x7f")},
        {"two bytes", TEXT("\"\\u0080\\u07FF\""), TEXT("\xc2\x80\xdf\xbf")},
        {"three bytes", TEXT("\"\\u0800\\uffff\""), TEXT("\xe0\xa0\x80\xef\xbf\xbf")},
        {"around the surrogates", TEXT("\"\\ud7ff\\ue000\""), TEXT("\xed\x9f\xbf\xee\x80\x80")},
        {"four bytes", TEXT("\"\\ud800\\udc00\\uDBFF\\uDFFF\""), TEXT("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf")},
        {"UTF-8 stays", TEXT("\"\xe2\x82\xac\\u20ac\""), TEXT("\xe2\x82\xac\xe2\x82\xac")},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        struct json_object object;
        struct json_fault fault;
        h2o_iovec_t text = slice_format(pool_of(state), "{\"a\":%.*s}", SLICE_ARGS(cases[i].text));
        check(cases[i].name, json_scan_object(pool_of(state), text, &object, &fault));
        check_slice(cases[i].name, json_string_text(pool_of(state), object.members[0].value), cases[i].wanted);
    }
}

static void scans_nested_values(void **state)
{
    struct json_object outer, inner = {NULL, 77};
    struct json_fault fault;
    h2o_mem_pool_t *pool = pool_of(state);
    assert_true(
        json_scan_object(pool, SLICE("{\"a\":{\"b\":[1, {\"c\":2} ,\"]\"],\"d\":3},\"e\":[ ]}"), &outer, &fault));
    assert_true(json_scan_nested(pool, outer.members[0].value, &inner));
    assert_int_equal(inner.count, 2);
    check_slice("second member", inner.members[1].name, SLICE("d"));

    size_t count = 77;
    h2o_iovec_t *items = NULL;
    assert_true(json_scan_array(pool, inner.members[0].value, &items, &count));
    assert_int_equal(count, 3);
    check_slice("first element", items[0], SLICE("1"));
    check_slice("second element", items[1], SLICE("{\"c\":2}"));
    check_slice("third element", items[2], SLICE("\"]\""));
    assert_true(json_scan_array(pool, outer.members[1].value, &items, &count));
    assert_int_equal(count, 0);

    count = 77;
    items = NULL;
    assert_false(json_scan_array(pool, outer.members[0].value, &items, &count));
    assert_false(json_scan_array(pool, SLICE("[1,]"), &items, &count));
    assert_true(count == 77 && items == NULL);
    inner = (struct json_object){NULL, 77};
    assert_false(json_scan_nested(pool, outer.members[1].value, &inner));
    assert_int_equal(inner.count, 77);
}

/* --- jansson as second opinion --- */

#define MUTATIONS    100000
#define MUTANT_MAX   2048
#define EDITS_MAX    4
#define POOL_RENEWED 1000

static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static const h2o_iovec_t seeds[] = {
    TEXT("{\"a\":1,\"b\":[true,false,null],\"c\":{\"d\":\"e\",\"f\":-1.5e3}}"),
    TEXT("{\"Name\":\"Zo\xc3\xab \xe2\x82\xac \xf0\x9f\x98\x80\",\"Quote\":\"\\\"\\\\\\u00e9\\ud83d\\ude00\"}"),
    TEXT("{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":[[[[[[[[]]]]]]]]}}}}}}}}"),
    TEXT(" { \"x\" : [ 0.10 , 12.30 , 1e39 , -0 , 1234567890123456789012345678901234567890 ] } "),
    TEXT("{}"),
};

static const h2o_iovec_t pieces[] = {
    TEXT("\\u0000"),
    TEXT("\\ud800"),
    TEXT("\\udc00"),
    TEXT("\\u0061"),
    TEXT("\""),
    TEXT("\\"),
    TEXT("{"),
    TEXT("}"),
    TEXT("["),
    TEXT("]"),
    TEXT(","),
    TEXT(":"),
    TEXT("e"),
    TEXT("E+"),
    TEXT("-"),
    TEXT("."),
    TEXT("0"),
    TEXT("9"),
    TEXT("1e39"),
    TEXT("\0"),
    TEXT("\n"),
    TEXT("\xc0\x80"),
    TEXT("\xed\xa0\x80"),
    TEXT("\xff"),
    TEXT("\xc3\xa9"),
    TEXT("\"a\":1,"),
    TEXT("true"),
    TEXT("null"),
    TEXT("{\"a\":"),
    TEXT("[[[["),
    TEXT("]]]]"),
    TEXT("\x7f"),
    TEXT("\x1f"),
    TEXT("\xef\xbb\xbf"),
};

/* Replaces a short stretch of the text by a piece, by a byte, or by a stretch of the text itself. */
static h2o_iovec_t edit(h2o_iovec_t text, char *out, uint64_t *seed)
{
    char byte = (char)next_random(seed);
    h2o_iovec_t put = pieces[next_random(seed) % COUNT_OF(pieces)];
    size_t at = next_random(seed) % (text.len + 1);
    size_t removed = next_random(seed) % 4;
    if (next_random(seed) % 4 == 0)
        put = (h2o_iovec_t){&byte, 1};
    if (next_random(seed) % 4 == 0) {
        put = slice_from(text, next_random(seed) % (text.len + 1));
        put.len = put.len == 0 ? 0 : next_random(seed) % (put.len < 40 ? put.len : 40);
    }
    h2o_iovec_t rest = slice_from(text, at + removed);
    if (at + put.len + rest.len > MUTANT_MAX)
        return text;
    memcpy(out, text.base, at);
    memcpy(out + at, put.base, put.len);
    memcpy(out + at + put.len, rest.base, rest.len);
    return (h2o_iovec_t){out, at + put.len + rest.len};
}

static h2o_iovec_t mutant(char buffers[2][MUTANT_MAX], uint64_t *seed)
{
    h2o_iovec_t text = seeds[next_random(seed) % COUNT_OF(seeds)];
    size_t edits = 1 + next_random(seed) % EDITS_MAX;
    for (size_t i = 0; i < edits; ++i)
        text = edit(text, text.base == buffers[0] ? buffers[1] : buffers[0], seed);
    return text;
}

/* Where we are stricter: limits that jansson does not have, and a raw NUL, which jansson 2.14 overlooks behind a
 * number. */
static bool is_our_own_rule(h2o_iovec_t text, h2o_iovec_t what)
{
    return slice_find(text, '\0') != SIZE_MAX || strstr(what.base, "digits when") != NULL ||
           strstr(what.base, "nested too deep") != NULL;
}

static void check_same_members(const struct json_object *object, json_t *theirs)
{
    size_t index = 0;
    const char *name;
    json_t *value;
    static const enum json_type types[] = {
        [JSON_NULL] = JSON_TYPE_NULL,    [JSON_TRUE] = JSON_TYPE_BOOLEAN,  [JSON_FALSE] = JSON_TYPE_BOOLEAN,
        [JSON_REAL] = JSON_TYPE_NUMBER,  [JSON_STRING] = JSON_TYPE_STRING, [JSON_ARRAY] = JSON_TYPE_ARRAY,
        [JSON_OBJECT] = JSON_TYPE_OBJECT};
    assert_int_equal(object->count, json_object_size(theirs));
    json_object_foreach(theirs, name, value)
    {
        check_slice("name", object->members[index].name, slice_of(name));
        assert_int_equal(object->members[index].type, types[json_typeof(value)]);
        ++index;
    }
}

static const char *readable(h2o_mem_pool_t *pool, h2o_iovec_t text)
{
    char *out = h2o_mem_alloc_pool(pool, 4 * text.len + 1), *at = out;
    *at = '\0';
    for (size_t i = 0; i < text.len; ++i)
        at += sprintf(at, text.base[i] >= ' ' && text.base[i] <= '~' ? "%c" : "\\x%02x", (uint8_t)text.base[i]);
    return out;
}

/* jansson cannot hold integers of more than 64 bits; since we pass numbers on as text, it is told to read them as
 * reals. */
static bool check_against_jansson(h2o_mem_pool_t *pool, h2o_iovec_t text)
{
    struct json_object object;
    struct json_fault fault;
    json_error_t error;
    bool accepted = json_scan_object(pool, text, &object, &fault);
    json_t *theirs = json_loadb(text.base, text.len, JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL, &error);
    if (accepted && theirs == NULL)
        fail_msg("jansson refuses %s: %s", readable(pool, text), error.text);
    if (!accepted && json_is_object(theirs) && !is_our_own_rule(text, fault.what))
        fail_msg("jansson accepts %s, we say: %s", readable(pool, text), fault.what.base);
    if (accepted)
        check_same_members(&object, theirs);
    else
        assert_true(fault.offset <= text.len);
    json_decref(theirs);
    return accepted;
}

static void agrees_with_jansson(void **state)
{
    (void)state;
    char buffers[2][MUTANT_MAX];
    uint64_t seed = UINT64_C(0x68616c6c6d61726b);
    size_t accepted = 0;
    h2o_mem_pool_t pool;
    h2o_mem_init_pool(&pool);
    for (size_t i = 0; i < MUTATIONS; ++i) {
        accepted += check_against_jansson(&pool, mutant(buffers, &seed));
        if (i % POOL_RENEWED == 0)
            h2o_mem_clear_pool(&pool);
    }
    h2o_mem_clear_pool(&pool);
    assert_true(accepted > MUTATIONS / 50); /* the mutants are not all hopeless */
    assert_true(accepted < MUTATIONS / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_with_pool(refuses_wrong_structure), test_with_pool(refuses_wrong_numbers),
        test_with_pool(refuses_wrong_strings),   test_with_pool(refuses_repeated_members),
        test_with_pool(escapes_the_pointer),     test_with_pool(bounds_the_depth),
        test_with_pool(bounds_the_members),      test_with_pool(finds_repetitions_among_many),
        test_with_pool(accepts_numbers),         test_with_pool(lists_members_as_written),
        test_with_pool(accepts_an_empty_object), test_with_pool(decodes_strings),
        test_with_pool(scans_nested_values),     cmocka_unit_test(agrees_with_jansson),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
