/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "base/secret.h"
#include "console/page.h"

static const h2o_iovec_t hostile = {"\"><script>alert(1)</script>'`&{{ email }}{% end %}\x01"
                                    "0\x01",
                                    54};

static size_t count_of(h2o_iovec_t html, char c)
{
    size_t count = 0;
    for (size_t i = 0; i < html.len; ++i)
        count += html.base[i] == c;
    return count;
}

static bool has(h2o_iovec_t html, const char *what)
{
    return memmem(html.base, html.len, what, strlen(what)) != NULL;
}

static h2o_iovec_t login(void **state, enum language language, h2o_iovec_t value, enum page_login_refused refused)
{
    struct text out;
    struct page_login page = {.form = value, .onward = value, .email = value, .refused = refused, .wait = 7};
    text_start(&out, pool_of(state), 4096);
    page_login(&out, language, &page);
    return text_slice(&out);
}

static h2o_iovec_t sessions(void **state, enum language language, h2o_iovec_t value)
{
    struct text out;
    const struct page_sessions_sessions rows[] = {
        {.number = 1, .begun = 0, .seen = INT64_MAX, .address = value, .program = value, .here = true},
        {.number = INT64_MIN, .begun = INT64_MIN, .seen = -1, .address = value, .program = SLICE_NONE},
    };
    struct page_sessions page = {.form = value, .name = value, .email = value, .sessions = rows, .sessions_count = 2};
    text_start(&out, pool_of(state), 4096);
    page_sessions(&out, language, &page);
    return text_slice(&out);
}

/* With hostile values a page has the same tags, attributes and quotes as with harmless ones. */
static void hostile_values_change_no_markup(void **state)
{
    for (int language = 0; language < LANGUAGE__MAX; ++language) {
        h2o_iovec_t pairs[][2] = {
            {login(state, (enum language)language, hostile, PAGE_LOGIN_REFUSED_WRONG),
             login(state, (enum language)language, SLICE("x"), PAGE_LOGIN_REFUSED_WRONG)},
            {sessions(state, (enum language)language, hostile), sessions(state, (enum language)language, SLICE("x"))},
        };
        for (size_t i = 0; i < COUNT_OF(pairs); ++i) {
            for (const char *c = "<>\"'"; *c != '\0'; ++c)
                assert_int_equal(count_of(pairs[i][0], *c), count_of(pairs[i][1], *c));
            assert_false(has(pairs[i][0], "<script"));
            assert_int_equal(count_of(pairs[i][0], '\x01'), 0);
        }
    }
}

static void every_language_says_its_own(void **state)
{
    static const struct {
        enum language language;
        const char *tag, *words;
    } cases[] = {
        {LANGUAGE_EN, "<html lang=\"en\">", "(seconds: 7)"},
        {LANGUAGE_DE, "<html lang=\"de\">", "(Sekunden: 7)"},
        {LANGUAGE_NB, "<html lang=\"nb\">", "(sekunder: 7)"},
        {LANGUAGE_PL, "<html lang=\"pl\">", "(sekundy: 7)"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        h2o_iovec_t html = login(state, cases[i].language, SLICE_NONE, PAGE_LOGIN_REFUSED_SLOWED);
        check(cases[i].tag, has(html, cases[i].tag));
        check(cases[i].words, has(html, cases[i].words));
        check(cases[i].tag, slice_starts_with(html, SLICE("<!DOCTYPE html>")));
    }
}

static void shows_what_holds_alone(void **state)
{
    assert_true(has(login(state, LANGUAGE_EN, SLICE_NONE, PAGE_LOGIN_REFUSED_WRONG), "aria-invalid=\"true\""));
    h2o_iovec_t plain = login(state, LANGUAGE_EN, SLICE_NONE, PAGE_LOGIN_REFUSED_NO);
    assert_false(has(plain, "role=\"alert\""));
    assert_false(has(plain, "aria-invalid"));
    h2o_iovec_t list = sessions(state, LANGUAGE_EN, SLICE("x"));
    assert_true(has(list, "Unknown program"));
    assert_true(has(list, "<time datetime=\"1970-01-01T00:00:00.000000Z\">1970-01-01 00:00 UTC</time>"));
}

static void sheet_is_served_under_its_digest(void **state)
{
    (void)state;
    uint8_t digest[DIGEST_BYTES];
    char path[64];
    secret_start();
    secret_digest(digest, page_sheet());
    snprintf(path, sizeof(path), "/assets/hallmark-%02x%02x%02x%02x%02x%02x.css", digest[0], digest[1], digest[2],
             digest[3], digest[4], digest[5]);
    assert_string_equal(PAGE_SHEET_PATH, path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(hostile_values_change_no_markup, pool_setup, pool_teardown),
        cmocka_unit_test_setup_teardown(every_language_says_its_own, pool_setup, pool_teardown),
        cmocka_unit_test_setup_teardown(shows_what_holds_alone, pool_setup, pool_teardown),
        cmocka_unit_test(sheet_is_served_under_its_digest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
