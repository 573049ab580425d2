/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "base/codec.h"
#include "token/ecdsa.h"

#define ZERO    "0000000000000000000000000000000000000000000000000000000000000000"
#define ONE     "0000000000000000000000000000000000000000000000000000000000000001"
#define LAST    "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632550" /* n - 1 */
#define ORDER   "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"
#define BEHIND  "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632552"
#define HIGHEST "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"

static void raw_of_hex(const char *hex, uint8_t raw[static ECDSA_RAW_BYTES])
{
    assert_true(codec_hex_decode(raw, ECDSA_RAW_BYTES, slice_of(hex)));
}

static void numbers_outside_the_group_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *name, *hex;
    } cases[] = {
        {"both zero", ZERO ZERO},          {"r zero", ZERO ONE},           {"s zero", ONE ZERO},
        {"r is the order", ORDER ONE},     {"s is the order", ONE ORDER},  {"r above the order", BEHIND ONE},
        {"s above the order", ONE BEHIND}, {"r of all ones", HIGHEST ONE}, {"s of all ones", ONE HIGHEST},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        uint8_t raw[ECDSA_RAW_BYTES];
        raw_of_hex(cases[i].hex, raw);
        check(cases[i].name, !ecdsa_raw_in_range(raw));
    }
}

static void numbers_inside_the_group_are_accepted(void **state)
{
    (void)state;
    static const char *const cases[] = {ONE ONE, LAST ONE, ONE LAST, LAST LAST};
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        uint8_t raw[ECDSA_RAW_BYTES];
        raw_of_hex(cases[i], raw);
        check(cases[i], ecdsa_raw_in_range(raw));
    }
}

static const struct {
    const char *name, *raw, *der;
} pairs[] = {
    {"one and one", ONE ONE, "3006020101020101"},
    {"zero and one", ZERO ONE, "3006020100020101"},
    {"sign byte needed", "0000000000000000000000000000000000000000000000000000000000000080" ONE, "300702020080020101"},
    {"no sign byte needed", "000000000000000000000000000000000000000000000000000000000000007f" ONE, "300602017f020101"},
    {"longest", LAST LAST,
     "3046"
     "022100" LAST "022100" LAST},
    {"full without sign byte",
     "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
     "00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
     "3044"
     "02207fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
     "022000ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"},
    {"zeros inside", "0000000000000000000000000000000000000000000000000000000000010000" ONE, "30080203010000020101"},
};

static void writes_der_and_reads_it_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(pairs); ++i) {
        uint8_t raw[ECDSA_RAW_BYTES], back[ECDSA_RAW_BYTES], der[ECDSA_DER_BYTES_MAX];
        char hex[CODEC_HEX_LEN(ECDSA_DER_BYTES_MAX)];
        raw_of_hex(pairs[i].raw, raw);
        size_t len = ecdsa_der_from_raw(der, raw);
        check_slice(pairs[i].name, (h2o_iovec_t){hex, codec_hex_encode(hex, der, len)}, slice_of(pairs[i].der));
        check(pairs[i].name, ecdsa_raw_from_der(back, der, len));
        check(pairs[i].name, memcmp(back, raw, sizeof(raw)) == 0);
    }
}

static void other_der_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *name, *hex;
    } cases[] = {
        {"nothing", ""},
        {"a tag alone", "30"},
        {"an empty sequence", "3000"},
        {"a set", "3106020101020101"},
        {"one number", "3003020101"},
        {"three numbers", "3009020101020101020101"},
        {"length one too small", "3005020101020101"},
        {"length one too large", "3007020101020101"},
        {"a byte behind", "300602010102010100"},
        {"a byte behind, counted", "300702010102010100"},
        {"length in two bytes", "308106020101020101"},
        {"length without end", "3080020101020101"},
        {"a number of no bytes", "30050200020101"},
        {"a number that is no integer", "3006040101020101"},
        {"negative", "3006020180020101"},
        {"a zero too many", "300702020001020101"},
        {"a number longer than the rest", "3006020101020201"},
        {"a first number longer than the rest", "3006027f01020101"},
        {"33 bytes without sign", "3026022101" ZERO "020101"},
        {"34 bytes with sign", "3027022200ff" ZERO "020101"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        h2o_iovec_t hex = slice_of(cases[i].hex);
        uint8_t raw[ECDSA_RAW_BYTES] = {0x55}, *der = malloc(hex.len / 2); /* on the heap, so that ASan sees its end */
        assert_true(codec_hex_decode(der, hex.len / 2, hex));
        check(cases[i].name, !ecdsa_raw_from_der(raw, der, hex.len / 2));
        check(cases[i].name, raw[0] == 0x55);
        free(der);
    }
}

static void each_cut_of_a_signature_is_refused(void **state)
{
    (void)state;
    uint8_t raw[ECDSA_RAW_BYTES], der[ECDSA_DER_BYTES_MAX];
    raw_of_hex(LAST LAST, raw);
    size_t len = ecdsa_der_from_raw(der, raw);
    for (size_t cut = 0; cut < len; ++cut) {
        uint8_t *copy = malloc(cut);
        memcpy(copy, der, cut);
        check("cut", !ecdsa_raw_from_der(raw, copy, cut));
        if (cut >= 2) { /* and where the sequence says that this is all */
            copy[1] = (uint8_t)(cut - 2);
            check("cut and counted", !ecdsa_raw_from_der(raw, copy, cut));
        }
        free(copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_outside_the_group_are_refused),
        cmocka_unit_test(numbers_inside_the_group_are_accepted),
        cmocka_unit_test(writes_der_and_reads_it_back),
        cmocka_unit_test(other_der_is_refused),
        cmocka_unit_test(each_cut_of_a_signature_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
