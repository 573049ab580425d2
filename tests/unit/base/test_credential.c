/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "base/codec.h"
#include "base/credential.h"
#include "base/secret.h"
#include <regex.h>
#include <stdlib.h>

#define SAMPLES 60

static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/* --- credentials ------------------------------------------------------------------------------------------------- */

static void refuses_credentials(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum credential_kind kind;
        h2o_iovec_t text;
    } cases[] = {
        {"none", CREDENTIAL_CLIENT_ID, {NULL, 0}},
        {"empty", CREDENTIAL_CLIENT_ID, {"", 0}},
        {"prefix only", CREDENTIAL_CLIENT_ID, {"hmk_", 4}},
        {"checksum of nothing", CREDENTIAL_CLIENT_ID, {"000000", 6}},
        {"one character short", CREDENTIAL_CLIENT_ID, {"hmk_0LjaL3EZAbCdEfGhIjKlMn2L9P4", 31}},
        {"one character more", CREDENTIAL_CLIENT_ID, {"hmk_0LjaL3EZAbCdEfGhIjKlMn2L9P4P0", 33}},
        {"blank before", CREDENTIAL_CLIENT_ID, {" hmk_0LjaL3EZAbCdEfGhIjKlMn2L9P4P", 33}},
        {"newline for the last", CREDENTIAL_CLIENT_ID, {"hmk_0LjaL3EZAbCdEfGhIjKlMn2L9P4\n", 32}},
        {"an id for a secret", CREDENTIAL_CLIENT_SECRET, {"hmk_0LjaL3EZAbCdEfGhIjKlMn2L9P4P", 32}},
        {"a secret for an id",
         CREDENTIAL_CLIENT_ID,
         {"hms_dxlGgaI30123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg3QwC7N", 61}},
        {"prefix in capitals", CREDENTIAL_CLIENT_ID, {"HMK_0LjaL3EZAbCdEfGhIjKlMn2L9P4P", 32}},
        {"route above its bound, checksum right",
         CREDENTIAL_CLIENT_SECRET,
         {"hms_dxlGgaI40123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg2086qN", 61}},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        int64_t route = -1;
        check(cases[i].name, !credential_check(cases[i].kind, cases[i].text, &route));
        check(cases[i].name, route == -1);
    }
}

/* The alphabet is checked apart from the checksum: a byte outside of it is refused although the checksum is right. */
static void refuses_other_bytes_under_a_right_checksum(void **state)
{
    (void)state;
    static const char wrong[] = "_-+/.\n\x80\xff";
    for (size_t i = 0; i < sizeof(wrong); ++i) { /* the NUL too */
        char text[] = "hmk_0LjaL3EZAbCdEfGhIjKlMn......";
        text[15] = wrong[i];
        codec_base62_encode(text + 26, 6, codec_crc32((h2o_iovec_t){text, 26}));
        assert_false(credential_check(CREDENTIAL_CLIENT_ID, (h2o_iovec_t){text, 32}, NULL));
        text[15] = 'a';
        codec_base62_encode(text + 26, 6, codec_crc32((h2o_iovec_t){text, 26}));
        assert_true(credential_check(CREDENTIAL_CLIENT_ID, (h2o_iovec_t){text, 32}, NULL));
    }
}

static void check_changes_are_refused(enum credential_kind kind, char *text, size_t len)
{
    for (size_t i = 0; i < len; ++i) {
        char right = text[i];
        for (unsigned byte = 0; byte < 256; ++byte) {
            text[i] = (char)byte;
            if (text[i] != right && credential_check(kind, (h2o_iovec_t){text, len}, NULL))
                fail_msg("%.*s: accepted with another character at %zu", (int)len, text, i);
        }
        text[i] = right;
    }
}

static void check_transpositions_are_refused(enum credential_kind kind, char *text, size_t len)
{
    for (size_t i = 0; i + 1 < len; ++i) {
        char left = text[i], right = text[i + 1];
        text[i] = right;
        text[i + 1] = left;
        if (left != right && credential_check(kind, (h2o_iovec_t){text, len}, NULL))
            fail_msg("%.*s: accepted with the characters at %zu exchanged", (int)len, text, i);
        text[i] = left;
        text[i + 1] = right;
    }
}

static void refuses_every_typing_error(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < CREDENTIAL__MAX; ++kind) {
        for (int i = 0; i < SAMPLES; ++i) {
            char text[CREDENTIAL_BYTES_MAX];
            size_t len = credential_make(kind, i == 0 ? 0 : ident_random(IDENT_ACCOUNT), text);
            check_changes_are_refused(kind, text, len);
            check_transpositions_are_refused(kind, text, len);
            assert_true(credential_check(kind, (h2o_iovec_t){text, len}, NULL));
        }
    }
}

/* The formats are for ever: these were worked out by another program. */
static void accepts_what_stands_for_ever(void **state)
{
    (void)state;
    static const struct {
        enum credential_kind kind;
        const char *text;
        int64_t route;
    } cases[] = {
        {CREDENTIAL_CLIENT_ID, "hmk_0LjaL3EZAbCdEfGhIjKlMn2L9P4P", INT64_C(1234567890123)},
        {CREDENTIAL_CLIENT_ID, "hmk_000000000000000000000044LjfK", 0},
        {CREDENTIAL_CLIENT_SECRET, "hms_dxlGgaI30123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg3QwC7N",
         CREDENTIAL_ROUTE_MAX},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        int64_t route = -1;
        check(cases[i].text, credential_check(cases[i].kind, slice_of(cases[i].text), &route));
        check(cases[i].text, route == cases[i].route);
    }
}

static void makes_credentials(void **state)
{
    (void)state;
    static const struct {
        const char *prefix;
        size_t len;
    } shapes[CREDENTIAL__MAX] = {[CREDENTIAL_CLIENT_ID] = {"hmk_", 32},
                                 [CREDENTIAL_CLIENT_SECRET] = {"hms_", 61},
                                 [CREDENTIAL_CODE] = {"hmc_", 61},
                                 [CREDENTIAL_REFRESH_TOKEN] = {"hmr_", 61}};
    static const int64_t accounts[] = {0, 1, 61, 62, 1234567890123, CREDENTIAL_ROUTE_MAX};
    for (unsigned kind = 0; kind < CREDENTIAL__MAX; ++kind)
        for (size_t i = 0; i < COUNT_OF(accounts); ++i) {
            char text[CREDENTIAL_BYTES_MAX], other[CREDENTIAL_BYTES_MAX];
            int64_t route = -1;
            size_t len = credential_make(kind, accounts[i], text);
            assert_int_equal(len, shapes[kind].len);
            assert_int_equal(strlen(text), len);
            assert_memory_equal(text, shapes[kind].prefix, 4);
            assert_int_equal(strspn(text + 4, digits), len - 4);
            assert_true(credential_check(kind, (h2o_iovec_t){text, len}, &route));
            assert_int_equal(route, accounts[i]);
            credential_make(kind, accounts[i], other);
            assert_string_not_equal(text, other);
        }
}

static void make_for_a_negative_account(void)
{
    char text[CREDENTIAL_BYTES_MAX];
    credential_make(CREDENTIAL_CLIENT_ID, -1, text);
}

static void make_for_an_account_that_is_too_large(void)
{
    char text[CREDENTIAL_BYTES_MAX];
    credential_make(CREDENTIAL_CLIENT_ID, CREDENTIAL_ROUTE_MAX + 1, text);
}

static void asserts_the_range_of_accounts(void **state)
{
    (void)state;
    assert_true(aborts(make_for_a_negative_account));
    assert_true(aborts(make_for_an_account_that_is_too_large));
}

/* A remainder by 62 without rejection would make the first eight digits a quarter more likely than the rest. The bound
 * is seven standard deviations, which honest digits pass but once in 10^10 runs. */
static void draws_digits_evenly(void **state)
{
    (void)state;
    enum { SECRETS = 3000, RANDOM_DIGITS = 43, EXPECTED = SECRETS * RANDOM_DIGITS / 62, BOUND = 7 * 46 };
    int seen[256] = {0};
    for (int i = 0; i < SECRETS; ++i) {
        char text[CREDENTIAL_BYTES_MAX];
        credential_make(CREDENTIAL_CLIENT_SECRET, 1, text);
        for (size_t j = 0; j < RANDOM_DIGITS; ++j)
            ++seen[(uint8_t)text[12 + j]];
    }
    for (const char *digit = digits; *digit != '\0'; ++digit)
        if (abs(seen[(uint8_t)*digit] - EXPECTED) > BOUND)
            fail_msg("%c was drawn %d times, %d expected", *digit, seen[(uint8_t)*digit], EXPECTED);
}

static void masks(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        h2o_iovec_t text;
        const char *masked;
    } cases[] = {
        {"none", {NULL, 0}, "..."},
        {"not one of ours", {"a password of somebody", 22}, "..."},
        {"too short to hide anything", {"hms_", 4}, "..."},
        {"mistyped", {"hms_dxlGgaI30123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg3QwC7n", 61}, "..."},
        {"secret", {"hms_dxlGgaI30123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg3QwC7N", 61}, "hms_...wC7N"},
        {"id", {"hmk_0LjaL3EZAbCdEfGhIjKlMn2L9P4P", 32}, "hmk_...9P4P"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        char out[CREDENTIAL_BYTES_MAX];
        credential_mask(cases[i].text, out);
        check_slice(cases[i].name, slice_of(out), slice_of(cases[i].masked));
    }
}

/* --- scripts/secret-pattern.txt ---------------------------------------------------------------------------------- */

static bool read_pattern(const char *name, char *pattern)
{
    char line[512], found[64];
    FILE *file = fopen(SECRET_PATTERNS, "r");
    assert_non_null(file);
    bool done = false;
    while (!done && fgets(line, sizeof(line), file) != NULL)
        done = sscanf(line, "%63s %255s", found, pattern) == 2 && strcmp(found, name) == 0;
    fclose(file);
    return done;
}

static void is_found_by_secret_scanners(void **state)
{
    (void)state;
    static const char *const names[CREDENTIAL__MAX] = {
        [CREDENTIAL_CLIENT_ID] = "hallmark-client-id",
        [CREDENTIAL_CLIENT_SECRET] = "hallmark-client-secret",
        [CREDENTIAL_CODE] = "hallmark-code",
        [CREDENTIAL_REFRESH_TOKEN] = "hallmark-refresh-token",
    };
    for (unsigned kind = 0; kind < CREDENTIAL__MAX; ++kind) {
        char pattern[256], text[CREDENTIAL_BYTES_MAX], line[256];
        regex_t regex;
        regmatch_t match;
        assert_true(read_pattern(names[kind], pattern));
        assert_int_equal(regcomp(&regex, pattern, REG_EXTENDED), 0);
        for (int i = 0; i < SAMPLES; ++i) {
            size_t len = credential_make(kind, i, text);
            snprintf(line, sizeof(line), "export SECRET=\"%s\"", text);
            assert_int_equal(regexec(&regex, line, 1, &match, 0), 0);
            assert_memory_equal(line + match.rm_so, text, len);
            assert_int_equal(match.rm_eo - match.rm_so, len);
            text[len - 1] = '\0';
            assert_int_equal(regexec(&regex, text, 0, NULL, 0), REG_NOMATCH);
        }
        regfree(&regex);
    }
}

/* --- identifiers ------------------------------------------------------------------------------------------------- */

static void refuses_idents(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum ident_kind kind;
        h2o_iovec_t text;
    } cases[] = {
        {"none", IDENT_ACCOUNT, {NULL, 0}},
        {"empty", IDENT_ACCOUNT, {"", 0}},
        {"prefix only", IDENT_ACCOUNT, {"acc_", 4}},
        {"account zero", IDENT_ACCOUNT, {"acc_00000000", 12}},
        {"user zero", IDENT_USER, {"usr_00000000000", 15}},
        {"account too short", IDENT_ACCOUNT, {"acc_0000001", 11}},
        {"account too long", IDENT_ACCOUNT, {"acc_000000001", 13}},
        {"account with eleven digits", IDENT_ACCOUNT, {"acc_00000000001", 15}},
        {"user with eight digits", IDENT_USER, {"usr_00000001", 12}},
        {"user too long", IDENT_USER, {"usr_000000000001", 16}},
        {"account above its bound", IDENT_ACCOUNT, {"acc_dxlGgaI4", 12}},
        {"account far above", IDENT_ACCOUNT, {"acc_zzzzzzzz", 12}},
        {"user 2^63", IDENT_USER, {"usr_AzL8n0Y58m8", 15}},
        {"user 2^64 - 1", IDENT_USER, {"usr_LygHa16AHYF", 15}},
        {"user 2^64", IDENT_USER, {"usr_LygHa16AHYG", 15}},
        {"user 2^64 + 1, which wraps to 1", IDENT_USER, {"usr_LygHa16AHYH", 15}},
        {"user far above", IDENT_USER, {"usr_zzzzzzzzzzz", 15}},
        {"other kind", IDENT_USER, {"app_00000000001", 15}},
        {"prefix in capitals", IDENT_USER, {"USR_00000000001", 15}},
        {"no prefix", IDENT_USER, {"000000000000001", 15}},
        {"plain number", IDENT_USER, {"1", 1}},
        {"minus", IDENT_USER, {"usr_-0000000001", 15}},
        {"underscore", IDENT_USER, {"usr__0000000001", 15}},
        {"blank", IDENT_USER, {"usr_ 0000000001", 15}},
        {"NUL at the end", IDENT_USER, {"usr_0000000001\0", 15}},
        {"above ASCII", IDENT_USER, {"usr_0000000001\xb9", 15}},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        int64_t id = 4711;
        check(cases[i].name, !ident_parse(cases[i].kind, cases[i].text, &id));
        check(cases[i].name, id == 4711);
    }
}

static void codes_idents(void **state)
{
    (void)state;
    static const struct {
        enum ident_kind kind;
        int64_t id;
        const char *text;
    } cases[] = {
        {IDENT_ACCOUNT, 1, "acc_00000001"},         {IDENT_ACCOUNT, CREDENTIAL_ROUTE_MAX, "acc_dxlGgaI3"},
        {IDENT_USER, 1, "usr_00000000001"},         {IDENT_USER, INT64_MAX, "usr_AzL8n0Y58m7"},
        {IDENT_APPLICATION, 61, "app_0000000000z"}, {IDENT_TEMPLATE, 62, "tpl_00000000010"},
        {IDENT_API, INT64_MAX, "api_AzL8n0Y58m7"},  {IDENT_WEBHOOK, 1, "whk_00000000001"},
        {IDENT_EVENT, 62, "evt_00000000010"},       {IDENT_GRANT, 1, "grt_00000000001"},
        {IDENT_FAMILY, 1, "fam_00000000001"},       {IDENT_SESSION, 61, "ses_0000000000z"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        char text[IDENT_BYTES_MAX];
        int64_t id;
        size_t len = ident_text(cases[i].kind, cases[i].id, text);
        check_slice(cases[i].text, (h2o_iovec_t){text, len}, slice_of(cases[i].text));
        check(cases[i].text, text[len] == '\0');
        check(cases[i].text, ident_parse(cases[i].kind, slice_of(cases[i].text), &id));
        check(cases[i].text, id == cases[i].id);
    }
}

static void draws_idents(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < IDENT__MAX; ++kind) {
        int64_t seen_bits = 0, max = kind == IDENT_ACCOUNT ? CREDENTIAL_ROUTE_MAX : INT64_MAX;
        for (int i = 0; i < 200; ++i) {
            char text[IDENT_BYTES_MAX];
            int64_t back, id = ident_random(kind);
            assert_true(id > 0);
            assert_true(id <= max);
            seen_bits |= id;
            size_t len = ident_text(kind, id, text);
            assert_true(ident_parse(kind, (h2o_iovec_t){text, len}, &back));
            assert_int_equal(back, id);
        }
        assert_int_equal(seen_bits, max);
    }
}

static void text_of_no_user(void)
{
    char text[IDENT_BYTES_MAX];
    ident_text(IDENT_USER, 0, text);
}

static void text_of_a_negative_user(void)
{
    char text[IDENT_BYTES_MAX];
    ident_text(IDENT_USER, -1, text);
}

static void text_of_an_account_that_is_too_large(void)
{
    char text[IDENT_BYTES_MAX];
    ident_text(IDENT_ACCOUNT, CREDENTIAL_ROUTE_MAX + 1, text);
}

static void asserts_the_range_of_idents(void **state)
{
    (void)state;
    assert_true(aborts(text_of_no_user));
    assert_true(aborts(text_of_a_negative_user));
    assert_true(aborts(text_of_an_account_that_is_too_large));
}

static int start(void **state)
{
    (void)state;
    secret_start();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_credentials),
        cmocka_unit_test(refuses_other_bytes_under_a_right_checksum),
        cmocka_unit_test(refuses_every_typing_error),
        cmocka_unit_test(accepts_what_stands_for_ever),
        cmocka_unit_test(makes_credentials),
        cmocka_unit_test(asserts_the_range_of_accounts),
        cmocka_unit_test(draws_digits_evenly),
        cmocka_unit_test(masks),
        cmocka_unit_test(is_found_by_secret_scanners),
        cmocka_unit_test(refuses_idents),
        cmocka_unit_test(codes_idents),
        cmocka_unit_test(draws_idents),
        cmocka_unit_test(asserts_the_range_of_idents),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
