/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "client/totp.h"

static const uint8_t secret[TOTP_SECRET_BYTES] = "12345678901234567890"; /* RFC 6238, appendix B */
static const uint8_t master[DIGEST_BYTES] = {1}, other_master[DIGEST_BYTES] = {2};

/* The last six of the eight digits of RFC 6238, appendix B. */
static void takes_the_codes_of_the_specification(void **state)
{
    (void)state;
    static const struct {
        int64_t now_s;
        const char *code;
    } cases[] = {{59, "287082"},         {1111111109, "081804"}, {1111111111, "050471"},
                 {1234567890, "005924"}, {2000000000, "279037"}, {20000000000, "353130"}};
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        int64_t step = 0;
        check(cases[i].code, totp_is_right(secret, slice_of(cases[i].code), cases[i].now_s, &step));
        check(cases[i].code, step == cases[i].now_s / 30);
        check(cases[i].code, totp_is_right(secret, slice_of(cases[i].code), cases[i].now_s + 30, &step));
        check(cases[i].code, step == cases[i].now_s / 30);
        check(cases[i].code, totp_is_right(secret, slice_of(cases[i].code), cases[i].now_s - 30, &step));
        check(cases[i].code, !totp_is_right(secret, slice_of(cases[i].code), cases[i].now_s + 61, &step));
        check(cases[i].code,
              cases[i].now_s < 61 || !totp_is_right(secret, slice_of(cases[i].code), cases[i].now_s - 61, &step));
    }
}

static void refuses_what_is_no_code(void **state)
{
    (void)state;
    static const h2o_iovec_t cases[] = {{"", 0},        {"28708", 5},    {"2870822", 7}, {"287083", 6},
                                        {"28708\0", 6}, {"287082\0", 7}, {"abcdef", 6},  {"\xef\xbc\x92", 3},
                                        {"+287082", 7}, {"      ", 6},   {"287.082", 7}, {"94287082", 8}};
    int64_t step = 7;
    for (size_t i = 0; i < COUNT_OF(cases); ++i)
        assert_false(totp_is_right(secret, cases[i], 59, &step));
    assert_int_equal(step, 7);
    assert_true(totp_is_right(secret, SLICE("287 082"), 59, &step));
    assert_true(totp_is_right(secret, SLICE(" 287-082 "), 59, &step));
}

static void shows_secrets_as_apps_take_them(void **state)
{
    (void)state;
    char text[TOTP_BASE32_BYTES];
    totp_secret_text(secret, text);
    assert_string_equal(text, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
}

static void seal_is_bound_to_the_person(void **state)
{
    uint8_t out[TOTP_SECRET_BYTES];
    h2o_iovec_t sealed, fresh;
    assert_true(totp_seal(pool_of(state), master, 7, secret, &sealed));
    assert_false(totp_open(master, 8, sealed, out));
    assert_false(totp_open(other_master, 7, sealed, out));
    sealed.base[sealed.len - 1] ^= 1;
    assert_false(totp_open(master, 7, sealed, out));
    sealed.base[sealed.len - 1] ^= 1;
    assert_false(totp_open(master, 7, (h2o_iovec_t){sealed.base, sealed.len - 1}, out));
    assert_false(totp_open(master, 7, SLICE(""), out));
    assert_true(totp_open(master, 7, sealed, out));
    assert_memory_equal(out, secret, sizeof(out));
    assert_false(totp_reseal(pool_of(state), 8, sealed, master, other_master, &fresh));
    assert_true(totp_reseal(pool_of(state), 7, sealed, master, other_master, &fresh));
    assert_true(totp_open(other_master, 7, fresh, out));
}

static void recovery_codes_are_taken_as_people_type_them(void **state)
{
    (void)state;
    char code[TOTP_RECOVERY_BYTES], other[TOTP_RECOVERY_BYTES], typed[64];
    uint8_t digest[DIGEST_BYTES], again[DIGEST_BYTES];
    totp_recovery_make(code);
    totp_recovery_make(other);
    assert_int_equal(strlen(code), TOTP_RECOVERY_BYTES - 1);
    assert_string_not_equal(code, other);
    assert_true(totp_recovery_digest(slice_of(code), digest));
    assert_true(totp_recovery_digest(slice_of(other), again));
    assert_memory_not_equal(digest, again, sizeof(digest));
    size_t len = 0;
    for (const char *c = code; *c != '\0'; ++c)
        if (*c != '-') {
            typed[len++] = (char)(*c >= 'a' && *c <= 'z' ? *c - 'a' + 'A' : *c);
            typed[len++] = ' ';
        }
    assert_true(totp_recovery_digest((h2o_iovec_t){typed, len}, again));
    assert_memory_equal(digest, again, sizeof(digest));
    assert_false(totp_recovery_digest((h2o_iovec_t){code, TOTP_RECOVERY_BYTES - 2}, again));
    assert_false(totp_recovery_digest(SLICE("287082"), again));
    assert_false(totp_recovery_digest(SLICE(""), again));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_the_codes_of_the_specification),
        cmocka_unit_test(refuses_what_is_no_code),
        cmocka_unit_test(shows_secrets_as_apps_take_them),
        cmocka_unit_test_setup_teardown(seal_is_bound_to_the_person, pool_setup, pool_teardown),
        cmocka_unit_test(recovery_codes_are_taken_as_people_type_them),
    };
    secret_start();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
