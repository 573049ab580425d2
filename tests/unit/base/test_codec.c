/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "base/codec.h"

static void refuses_base64url(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        h2o_iovec_t text;
    } cases[] = {
        {"one character", {"A", 1}},
        {"five characters", {"AAAAA", 5}},
        {"padding of one byte", {"QQ==", 4}},
        {"padding of two bytes", {"QUI=", 4}},
        {"half the padding", {"QQ=", 3}},
        {"only padding", {"====", 4}},
        {"padding inside", {"QQ==QQ==", 8}},
        {"tail bit of two characters", {"QR", 2}},
        {"all tail bits of two characters", {"Q_", 2}},
        {"tail bit of three characters", {"QUJ", 3}},
        {"all tail bits of three characters", {"QUL", 3}},
        {"plus", {"ab+d", 4}},
        {"slash", {"ab/d", 4}},
        {"blank before", {" QQ", 3}},
        {"blank behind", {"QUJD ", 5}},
        {"newline behind", {"QUJD\n", 5}},
        {"blank inside", {"QU JD", 5}},
        {"NUL", {"QQ\0\0", 4}},
        {"dot", {"QQ.Q", 4}},
        {"byte above ASCII", {"QQ\xc3\xa9", 4}},
        {"byte FF", {"QUI\xff", 4}},
        {"wrong in the last of many", {"QUJDQUJDQUJDQUJDQUJD*UJD", 24}},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        uint8_t out[24] = "untouched";
        size_t len = 4711;
        check(cases[i].name, !codec_base64url_decode(out, &len, cases[i].text));
        check(cases[i].name, len == 4711);
        check(cases[i].name, memcmp(out, "untouched", 10) == 0);
    }
}

static void refuses_base64(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        h2o_iovec_t text;
    } cases[] = {
        {"one character", {"A", 1}},
        {"one character, padded", {"A===", 4}},
        {"one character, two paddings", {"A==", 3}},
        {"half the padding", {"QQ=", 3}},
        {"too much padding", {"QUI==", 5}},
        {"padding of nothing", {"QUJD=", 5}},
        {"a group of padding", {"QUJD====", 8}},
        {"only padding, one", {"=", 1}},
        {"only padding, two", {"==", 2}},
        {"only padding, four", {"====", 4}},
        {"padding inside", {"QQ==QQ==", 8}},
        {"character behind padding", {"QQ=A", 4}},
        {"tail bits, padded", {"QR==", 4}},
        {"tail bits, not padded", {"QR", 2}},
        {"tail bits of three, padded", {"QUJ=", 4}},
        {"tail bits of three, not padded", {"QUJ", 3}},
        {"minus", {"ab-d", 4}},
        {"underscore", {"ab_d", 4}},
        {"blank behind", {"QUJD ", 5}},
        {"line break", {"QUJD\r\nQUJD", 10}},
        {"NUL", {"QUJ\0", 4}},
        {"byte above ASCII", {"QUJ\x80", 4}},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        uint8_t out[24] = "untouched";
        size_t len = 4711;
        check(cases[i].name, !codec_base64_decode(out, &len, cases[i].text));
        check(cases[i].name, len == 4711);
        check(cases[i].name, memcmp(out, "untouched", 10) == 0);
    }
}

/* RFC 4648 section 10, and the digits in which the alphabets differ. */
static void codes_base64(void **state)
{
    (void)state;
    static const struct {
        const char *bytes, *padded, *bare, *url;
    } cases[] = {
        {"", "", "", ""},
        {"f", "Zg==", "Zg", "Zg"},
        {"fo", "Zm8=", "Zm8", "Zm8"},
        {"foo", "Zm9v", "Zm9v", "Zm9v"},
        {"foob", "Zm9vYg==", "Zm9vYg", "Zm9vYg"},
        {"fooba", "Zm9vYmE=", "Zm9vYmE", "Zm9vYmE"},
        {"foobar", "Zm9vYmFy", "Zm9vYmFy", "Zm9vYmFy"},
        {"\xfb\xff\xfe\xff", "+//+/w==", "+//+/w", "-__-_w"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        h2o_iovec_t bytes = slice_of(cases[i].bytes), decoded = {(char[16]){""}, 0};
        char text[16];
        size_t len = codec_base64_encode(text, bytes.base, bytes.len);
        check_slice(cases[i].padded, (h2o_iovec_t){text, len}, slice_of(cases[i].padded));
        len = codec_base64url_encode(text, bytes.base, bytes.len);
        check(cases[i].url, len == CODEC_BASE64URL_LEN(bytes.len));
        check_slice(cases[i].url, (h2o_iovec_t){text, len}, slice_of(cases[i].url));
        check(cases[i].padded, codec_base64_decode((uint8_t *)decoded.base, &decoded.len, slice_of(cases[i].padded)));
        check_slice(cases[i].padded, decoded, bytes);
        check(cases[i].bare, codec_base64_decode((uint8_t *)decoded.base, &decoded.len, slice_of(cases[i].bare)));
        check_slice(cases[i].bare, decoded, bytes);
        check(cases[i].url, codec_base64url_decode((uint8_t *)decoded.base, &decoded.len, slice_of(cases[i].url)));
        check_slice(cases[i].url, decoded, bytes);
    }
    size_t len = 4711;
    assert_true(codec_base64url_decode((uint8_t[1]){0}, &len, SLICE_NONE));
    assert_int_equal(len, 0);
}

/* Of all texts of two characters each byte has one, and of three characters each pair of bytes. */
static void has_one_spelling_for_each_value(void **state)
{
    (void)state;
    unsigned short_texts = 0, long_texts = 0;
    for (uint32_t i = 0; i < 1u << 24; ++i) {
        char text[3] = {(char)(i >> 16), (char)(i >> 8), (char)i};
        uint8_t out[3];
        size_t len;
        if (i < 1u << 16 && codec_base64url_decode(out, &len, (h2o_iovec_t){text + 1, 2}))
            ++short_texts;
        if (codec_base64url_decode(out, &len, (h2o_iovec_t){text, 3}))
            ++long_texts;
    }
    assert_int_equal(short_texts, 1 << 8);
    assert_int_equal(long_texts, 1 << 16);
}

static void refuses_hex(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        h2o_iovec_t text;
    } cases[] = {
        {"empty", {"", 0}},           {"none", {NULL, 0}},
        {"too short", {"00ff1", 5}},  {"far too short", {"00", 2}},
        {"too long", {"00ff11a", 7}}, {"far too long", {"00ff11aa", 8}},
        {"g", {"00ff1g", 6}},         {"G", {"00ff1G", 6}},
        {"at sign", {"00ff1@", 6}},   {"backtick", {"00ff1`", 6}},
        {"colon", {"00ff1:", 6}},     {"slash", {"00ff1/", 6}},
        {"prefix", {"0x00ff", 6}},    {"blank", {" 00ff1", 6}},
        {"NUL", {"00ff1\0", 6}},      {"above ASCII", {"00ff1\xb1", 6}},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        uint8_t out[3] = {7, 7, 7};
        check(cases[i].name, !codec_hex_decode(out, 3, cases[i].text));
        check(cases[i].name, memcmp(out, "\7\7\7", 3) == 0);
    }
}

static void codes_hex(void **state)
{
    (void)state;
    uint8_t bytes[256], back[256];
    char text[CODEC_HEX_LEN(256)];
    for (unsigned i = 0; i < 256; ++i)
        bytes[i] = (uint8_t)i;
    assert_int_equal(codec_hex_encode(text, bytes, 256), 512);
    assert_memory_equal(text, "000102030405060708090a0b0c0d0e0f10", 34);
    assert_memory_equal(text + 508, "feff", 4);
    assert_true(codec_hex_decode(back, 256, (h2o_iovec_t){text, 512}));
    assert_memory_equal(back, bytes, 256);
    assert_true(codec_hex_decode(back, 3, SLICE("aAFf09")));
    assert_memory_equal(back, "\xaa\xff\x09", 3);
    assert_true(codec_hex_decode(back, 0, SLICE_NONE));
}

static void refuses_form_texts(void **state)
{
    static const struct {
        const char *name;
        h2o_iovec_t text;
    } cases[] = {
        {"percent alone", {"%", 1}},
        {"one digit", {"a%4", 3}},
        {"wrong digits", {"%zz", 3}},
        {"wrong first digit", {"%g1", 3}},
        {"wrong second digit", {"%1g", 3}},
        {"percent of percent", {"%%41", 4}},
        {"blank for a digit", {"% 41", 4}},
        {"sign for a digit", {"%+1", 3}},
        {"hex prefix", {"%0x", 3}},
        {"escaped NUL", {"%00", 3}},
        {"escaped NUL inside", {"a%00b", 5}},
        {"raw NUL", {"a\0b", 3}},
        {"raw NUL beside an escape", {"%41\0", 4}},
        {"NUL as digit", {"%0\0", 3}},
        {"escaped overlong slash", {"%c0%af", 6}},
        {"escaped surrogate", {"%ed%a0%80", 9}},
        {"escaped lone continuation", {"%80", 3}},
        {"escaped, cut off", {"%e2%82", 6}},
        {"cut off by an ampersand's letter", {"%e2%82a", 7}},
        {"raw latin-1", {"caf\xe9", 4}},
        {"raw overlong", {"\xc0\xaf", 2}},
        {"half raw, half escaped, wrong", {"\xc3%28", 4}},
        {"above U+10FFFF", {"%f4%90%80%80", 12}},
        {"UTF-16 escape", {"%u0041", 6}},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        h2o_iovec_t out = SLICE("untouched");
        check(cases[i].name, !codec_form_decode(pool_of(state), cases[i].text, &out));
        check_slice(cases[i].name, out, SLICE("untouched"));
    }
}

static void decodes_form_texts(void **state)
{
    static const struct {
        const char *name;
        h2o_iovec_t text, decoded;
    } cases[] = {
        {"none", {NULL, 0}, {"", 0}},
        {"empty", {"", 0}, {"", 0}},
        {"plain", {"abc-_.~*", 8}, {"abc-_.~*", 8}},
        {"plus", {"a+b", 3}, {"a b", 3}},
        {"escaped plus", {"a%2Bb", 5}, {"a+b", 3}},
        {"decoded once only", {"%2541", 5}, {"%41", 3}},
        {"upper and lower", {"%C3%a9", 6}, {"\xc3\xa9", 2}},
        {"half raw", {"\xc3%a9", 4}, {"\xc3\xa9", 2}},
        {"raw UTF-8", {"\xc3\xa9", 2}, {"\xc3\xa9", 2}},
        {"four bytes", {"%f0%9f%98%80", 12}, {"\xf0\x9f\x98\x80", 4}},
        {"separators", {"%26%3d%25", 9}, {"&=%", 3}},
        {"control", {"%0d%0a", 6}, {"\r\n", 2}},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        h2o_iovec_t out = SLICE("untouched");
        check(cases[i].name, codec_form_decode(pool_of(state), cases[i].text, &out));
        check_slice(cases[i].name, out, cases[i].decoded);
    }
    h2o_iovec_t plain = SLICE("nothing-to-decode"), out;
    assert_true(codec_form_decode(pool_of(state), plain, &out));
    assert_ptr_equal(out.base, plain.base);
}

static void refuses_base62(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        h2o_iovec_t text;
    } cases[] = {
        {"none", {NULL, 0}},
        {"empty", {"", 0}},
        {"blank", {" 1", 2}},
        {"minus", {"-1", 2}},
        {"underscore", {"1_", 2}},
        {"NUL", {"1\0", 2}},
        {"slash", {"/", 1}},
        {"colon", {":", 1}},
        {"at sign", {"@", 1}},
        {"bracket", {"[", 1}},
        {"backtick", {"`", 1}},
        {"brace", {"{", 1}},
        {"above ASCII", {"\xb1", 1}},
        {"2^64", {"LygHa16AHYG", 11}},
        {"overflow by multiplication", {"zzzzzzzzzzz", 11}},
        {"overflow behind eleven digits", {"100000000000", 12}},
        {"wrong behind an overflow", {"zzzzzzzzzzzzzzz*", 16}},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        uint64_t value = 4711;
        check(cases[i].name, !codec_base62_decode(&value, cases[i].text));
        check(cases[i].name, value == 4711);
    }
}

static void codes_base62(void **state)
{
    (void)state;
    static const struct {
        uint64_t value;
        const char *text;
    } cases[] = {
        {0, "0"},
        {0, "000"},
        {9, "9"},
        {10, "A"},
        {35, "Z"},
        {36, "a"},
        {61, "z"},
        {62, "10"},
        {UINT32_MAX, "4gfFC3"},
        {(UINT64_C(1) << 47) - 1, "dxlGgaI3"},
        {INT64_MAX, "AzL8n0Y58m7"},
        {UINT64_MAX, "LygHa16AHYF"},
        {UINT64_MAX, "00000LygHa16AHYF"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        char text[20];
        uint64_t value;
        h2o_iovec_t want = slice_of(cases[i].text);
        codec_base62_encode(text, want.len, cases[i].value);
        check_slice(cases[i].text, (h2o_iovec_t){text, want.len}, want);
        check(cases[i].text, codec_base62_decode(&value, want));
        check(cases[i].text, value == cases[i].value);
    }
}

static void encode_what_does_not_fit(void)
{
    char out[2];
    codec_base62_encode(out, sizeof(out), UINT64_C(62) * 62);
}

static void asserts_that_base62_fits(void **state)
{
    (void)state;
    assert_true(aborts(encode_what_does_not_fit));
}

static void sums(void **state)
{
    (void)state;
    assert_int_equal(codec_crc32(SLICE("123456789")), 0xcbf43926);
    assert_int_equal(codec_crc32(SLICE("")), 0);
    assert_int_equal(codec_crc32(SLICE_NONE), 0);
    assert_int_equal(codec_crc32(SLICE("\0")), 0xd202ef8d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_base64url),
        cmocka_unit_test(refuses_base64),
        cmocka_unit_test(codes_base64),
        cmocka_unit_test(has_one_spelling_for_each_value),
        cmocka_unit_test(refuses_hex),
        cmocka_unit_test(codes_hex),
        test_with_pool(refuses_form_texts),
        test_with_pool(decodes_form_texts),
        cmocka_unit_test(refuses_base62),
        cmocka_unit_test(codes_base62),
        cmocka_unit_test(asserts_that_base62_fits),
        cmocka_unit_test(sums),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
