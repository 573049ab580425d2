/* SPDX-License-Identifier: Apache-2.0 */
/* Items 1, 2, 3 and 5 of the security checklist, as far as they are about the text alone. */
#include "base/redirect_uri.h"

#include "check.h"

static void items_3_and_5_what_is_not_registered(void **state)
{
    static const char *const refused[] = {
        "",
        "/callback",
        "https:",
        "https://",
        "https:///callback",
        "https:/one.slash",
        "http://shop.example/callback",
        "http://localhost/callback",
        "http://localhost:8080/callback",
        "http://127.0.0.1.evil.example/callback",
        "http://127.0.0.1@evil.example/callback",
        "http://127.0.0.1:0/callback",
        "http://127.0.0.1:65536/callback",
        "http://127.0.0.1:/callback",
        "http://127.0.0.1:80x/callback",
        "http://127.0.0.2/callback",
        "http://[::1/callback",
        "HTTP://127.0.0.1/callback",
        "javascript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "urn:ietf:wg:oauth:2.0:oob",
        "myapp://callback",
        "com.example.app:callback",
        "Com.example.app:/callback",
        "https://user@shop.example/callback",
        "https://user:secret@shop.example/callback",
        "https://shop.example:99999/callback",
        "https://shop.example:/callback",
        "https://Shop.example/callback",
        "https://shop.example/callback#fragment",
        "https://shop.example/callback#",
        "https://shop.example/a/../callback",
        "https://shop.example/./callback",
        "https://shop.example/callback/..",
        "https://shop.example/%2e%2e/callback",
        "https://shop.example/callback;x",
        "https://shop.example\\@evil.example/",
        "https://shop.example/call back",
        "https://shop.example/callback\n",
        "https://shop.example/\x7f",
        "https://shop.example/\xc3\xa4",
        "https://shop.example/callback?code=1",
        "https://shop.example/callback?a=1&state=x",
        "https://shop.example/callback?iss=x",
        "https://shop.example/callback?response=x",
        "https://shop.example/callback?error",
        "https://shop.example/callback?c%6fde=1",
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(refused); ++i)
        check(refused[i], redirect_uri_fault(slice_of(refused[i])) != NULL);
}

static void what_is_registered(void **state)
{
    static const char *const good[] = {
        "https://shop.example/callback", "https://shop.example",          "https://shop.example/",
        "https://shop.example:8443/cb",  "https://shop.example/cb?a=1",   "https://192.0.2.7/cb",
        "http://127.0.0.1/cb",           "http://127.0.0.1:1234/cb?a=1",  "http://[::1]/cb",
        "com.example.app:/callback",     "com.example.app://callback/go",
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(good); ++i) {
        if (redirect_uri_fault(slice_of(good[i])) != NULL)
            fail_msg("%s: %s", good[i], redirect_uri_fault(slice_of(good[i])));
        assert_true(redirect_uri_matches(slice_of(good[i]), slice_of(good[i])));
    }
}

static void items_1_and_2_only_the_very_same_matches(void **state)
{
    static const struct {
        const char *registered, *asked;
        bool matches;
    } cases[] = {
        {"https://shop.example/cb", "https://shop.example/cbx", false},
        {"https://shop.example/cb", "https://shop.example/c", false},
        {"https://shop.example/cb", "https://shop.example/CB", false},
        {"https://shop.example/cb", "https://SHOP.example/cb", false},
        {"https://shop.example/cb", "https://shop.example/cb/", false},
        {"https://shop.example/cb", "https://shop.example/cb?x=1", false},
        {"https://shop.example/cb", "https://shop.example/cb#", false},
        {"https://shop.example/cb", "https://shop.example/c%62", false},
        {"https://shop.example/cb", "https://shop.example/x/../cb", false},
        {"https://shop.example/cb", "https://shop.example/cb;x", false},
        {"https://shop.example/cb", "https://shop.example:443/cb", false},
        {"https://shop.example/cb", "https://a@shop.example/cb", false},
        {"https://shop.example/cb", "http://shop.example/cb", false},
        {"https://shop.example/cb", "", false},
        {"https://127.0.0.1/cb", "https://127.0.0.1:99/cb", false},
        {"http://127.0.0.1/cb", "http://127.0.0.1:51004/cb", true},
        {"http://127.0.0.1:1234/cb", "http://127.0.0.1:51004/cb", true},
        {"http://127.0.0.1:1234/cb", "http://127.0.0.1/cb", true},
        {"http://[::1]/cb", "http://[::1]:51004/cb", true},
        {"http://127.0.0.1/cb", "http://127.0.0.1:51004/cb/", false},
        {"http://127.0.0.1/cb", "http://127.0.0.1:51004/other", false},
        {"http://127.0.0.1/cb", "http://[::1]:51004/cb", false},
        {"http://127.0.0.1/cb", "http://localhost:51004/cb", false},
        {"http://127.0.0.1/cb", "http://127.0.0.1:51004@evil.example/cb", false},
        {"http://127.0.0.1/cb", "http://127.0.0.1:0/cb", false},
        {"http://127.0.0.1/cb", "http://127.0.0.1:/cb", false},
        {"http://127.0.0.1/cb", "http://127.0.0.1:99999/cb", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); ++i)
        check(cases[i].asked,
              redirect_uri_matches(slice_of(cases[i].registered), slice_of(cases[i].asked)) == cases[i].matches);
}

static void adds_what_cannot_break_out(void **state)
{
    static const struct {
        const char *registered, *value, *whole;
    } cases[] = {
        {"https://shop.example/cb", "\r\nSet-Cookie: a=b", "https://shop.example/cb?state=%0D%0ASet-Cookie%3A%20a%3Db"},
        {"https://shop.example/cb?a=b", "x&admin=yes#", "https://shop.example/cb?a=b&state=x%26admin%3Dyes%23"},
        {"shop.app:/cb", "\xc3\xa9+%", "shop.app:/cb?state=%C3%A9%2B%25"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        struct text url;
        text_start(&url, pool_of(state), 8);
        text_add(&url, slice_of(cases[i].registered));
        redirect_uri_add(&url, SLICE("state"), slice_of(cases[i].value));
        check_slice(cases[i].registered, text_slice(&url), slice_of(cases[i].whole));
    }
}

static void names_where_forms_lead(void **state)
{
    static const struct {
        const char *registered, *target;
    } cases[] = {
        {"https://shop.example/cb?a=b", "https://shop.example"},
        {"https://shop.example", "https://shop.example"},
        {"https://shop.example?a=b/c", "https://shop.example"},
        {"http://127.0.0.1:99/cb", "http://127.0.0.1:99"},
        {"http://[::1]/cb", "http://[::1]"},
        {"shop.app:/cb", "shop.app:"},
        {"http.app:/cb", "http.app:"},
        {"https.a:/", "https.a:"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i)
        check_slice(cases[i].registered, redirect_uri_form_target(pool_of(state), slice_of(cases[i].registered)),
                    slice_of(cases[i].target));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_3_and_5_what_is_not_registered),
        cmocka_unit_test(what_is_registered),
        cmocka_unit_test(items_1_and_2_only_the_very_same_matches),
        cmocka_unit_test_setup_teardown(adds_what_cannot_break_out, pool_setup, pool_teardown),
        cmocka_unit_test_setup_teardown(names_where_forms_lead, pool_setup, pool_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
