/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "base/limits.h"
#include "base/uri.h"

#define LABEL_63 "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccddddddddddddddd"
_Static_assert(sizeof(LABEL_63) - 1 == 63, "the longest label");

static void refuses_resources(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        h2o_iovec_t uri;
    } cases[] = {
        {"none", {NULL, 0}},
        {"empty", {"", 0}},
        {"relative", {"api", 3}},
        {"path", {"/api", 4}},
        {"without scheme", {"//example.com/api", 17}},
        {"scheme only", {"https:", 6}},
        {"no scheme before the colon", {"://example.com", 14}},
        {"scheme begins with a digit", {"1https://example.com", 20}},
        {"scheme begins with a plus", {"+https://example.com", 20}},
        {"underscore in the scheme", {"my_app:/x", 9}},
        {"colon only behind a slash", {"a/b:c", 5}},
        {"no host", {"https://", 8}},
        {"no host but a path", {"https:///api", 12}},
        {"no host but a query", {"https://?a", 10}},
        {"fragment", {"https://example.com/#a", 22}},
        {"empty fragment", {"https://example.com/#", 21}},
        {"blank", {"https://example.com/a b", 23}},
        {"blank before", {" https://example.com", 20}},
        {"newline behind", {"https://example.com\n", 20}},
        {"NUL", {"https://example.com/\0", 21}},
        {"DEL", {"https://example.com/\x7f", 21}},
        {"above ASCII", {"https://example.com/\xc3\xa9", 22}},
        {"quote", {"https://example.com/\"", 21}},
        {"angle bracket", {"https://example.com/<", 21}},
        {"backslash", {"https:\\\\example.com", 19}},
        {"caret", {"https://example.com/^", 21}},
        {"backtick", {"https://example.com/`", 21}},
        {"brace", {"https://example.com/{id}", 24}},
        {"bar", {"https://example.com/|", 21}},
        {"wrong escape", {"https://example.com/%zz", 23}},
        {"cut-off escape", {"https://example.com/%4", 22}},
        {"percent at the end", {"https://example.com/%41%", 24}},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i)
        check(cases[i].name, !uri_is_resource(cases[i].uri));
    static char longest[LIMIT_URI_BYTES_MAX + 1];
    memset(longest, 'a', sizeof(longest));
    longest[3] = ':';
    assert_true(uri_is_resource((h2o_iovec_t){longest, LIMIT_URI_BYTES_MAX}));
    assert_false(uri_is_resource((h2o_iovec_t){longest, LIMIT_URI_BYTES_MAX + 1}));
}

static void accepts_resources(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "https://example.com",
        "https://example.com/",
        "https://example.com:8443/api2/public?x=1&y=[2]",
        "HTTPS://EXAMPLE.COM/%41%c3%A9",
        "http://[::1]:80/",
        "urn:example:animal:ferret:nose",
        "api:invoices",
        "a:b",
        "com.example.app+x-1:/",
        "https://user@example.com/",
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i)
        check(cases[i], uri_is_resource(slice_of(cases[i])));
}

static const char *const no_issuers[] = {
    "",
    "example.com",
    "//example.com",
    "https:",
    "https:/example.com",
    "https://",
    "https://:443",
    "https:///",
    "HTTPS://example.com",
    "https://Example.com",
    "https://example.com/",
    "https://example.com//",
    "https://example.com/issuer",
    "https://example.com?",
    "https://example.com?a=1",
    "https://example.com#",
    "https://example.com#a",
    "https://user@example.com",
    "https://user:password@example.com",
    "https://@example.com",
    "https://example.com@localhost",
    "https://example.com\\@localhost",
    "https://example.com:",
    "https://example.com:0",
    "https://example.com:0443",
    "https://example.com:65536",
    "https://example.com:99999999999999999999",
    "https://example.com:+1",
    "https://example.com:443 ",
    "https://example.com:443:443",
    "https://example.com:https",
    "https://example.com ",
    " https://example.com",
    "https://exam ple.com",
    "https://example.com\n",
    "https://example..com",
    "https://.example.com",
    "https://example.com.",
    "https://-example.com",
    "https://example-.com",
    "https://exa_mple.com",
    "https://ex%61mple.com",
    "https://ex\xc3\xa4mple.com",
    "https://*.example.com",
    ("https://" LABEL_63 "d.com"),
    ("https://" LABEL_63 "." LABEL_63 "." LABEL_63 "." LABEL_63),
    "https://1.2.3",
    "https://127.1",
    "https://2130706433",
    "https://1.2.3.256",
    "https://1.2.3.04",
    "https://example.1",
    "https://[]",
    "https://[::1",
    "https://::1",
    "https://[::1]]",
    "https://[::1]a",
    "https://[::1]example.com",
    "https://[[::1]]",
    "https://[::1]:",
    "https://[::1%25eth0]",
    "https://[::1%eth0]",
    "https://[1.2.3.4]",
    "https://[::FFFF:1.2.3.4]",
    "https://[1:2:3:4:5:6:7:8:9]",
    "https://[0000:0000:0000:0000:0000:0000:0000:0000:0000:0000]",
    "https://[v1.a]",
    "http://example.com",
    "http://localhost.example.com",
    "http://localhos",
    "http://mylocalhost",
    "http://127.0.0.1.example.com",
    "http://128.0.0.1",
    "http://10.0.0.1",
    "http://0.0.0.0",
    "http://[::]",
    "http://[::2]",
    "http://[::ffff:127.0.0.1]",
    "ftp://localhost",
    "wss://example.com",
};

static void refuses_issuers(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(no_issuers); ++i)
        check(no_issuers[i], !uri_is_issuer(slice_of(no_issuers[i])));
    assert_false(uri_is_issuer(SLICE_NONE));
    assert_false(uri_is_issuer(SLICE("https://example.com\0")));
    assert_false(uri_is_issuer(SLICE("https://127.0.0.1\0")));
    assert_false(uri_is_issuer(SLICE("https://[::1\0]")));
}

static void accepts_issuers(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "https://example.com",
        "https://example.com:8443",
        "https://example.com:1",
        "https://example.com:65535",
        "https://a",
        "https://login.xn--exmple-cua.com",
        "https://3com.example",
        "https://a--b.example.c0m",
        ("https://" LABEL_63 ".com"),
        "https://10.0.0.1",
        "https://[2001:db8::1]:8443",
        "https://[::ffff:10.0.0.1]",
        "https://localhost",
        "http://localhost",
        "http://localhost:8080",
        "http://127.0.0.1",
        "http://127.0.0.1:65535",
        "http://127.1.2.3",
        "http://[::1]",
        "http://[::1]:8080",
        "http://[0:0:0:0:0:0:0:1]",
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        check(cases[i], uri_is_issuer(slice_of(cases[i])));
        check(cases[i], uri_is_resource(slice_of(cases[i])));
    }
}

static void refuses_paths(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",         "a",      "a/b",          "*",      "http://example.com/",
        "//",       "//a",    "/a//",         "/a//b",  "/a///b",
        "/.",       "/..",    "/./",          "/../",   "/./a",
        "/../a",    "/a/.",   "/a/..",        "/a/./b", "/a/../b",
        "/a/b/../", "/a%2fb", "/%61",         "/a%00",  "/a%",
        "/a;b",     "/a;",    "/a\\b",        "/\\",    "/..\\a",
        "/a b",     "/a ",    " /a",          "/a\t",   "/a\n",
        "/a\r",     "/a?b",   "/a#b",         "/a\"b",  "/a<b",
        "/a>b",     "/a^b",   "/a`b",         "/a|b",   "/{id}",
        "/a[0]",    "/a]",    "/caf\xc3\xa9", "/\xff",  "/a\x7f",
        "/a\x01",
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i)
        check(cases[i], !uri_path_is_plain(slice_of(cases[i])));
    assert_false(uri_path_is_plain(SLICE_NONE));
    assert_false(uri_path_is_plain(SLICE("/a\0")));
    assert_false(uri_path_is_plain(SLICE("/a\0/../b")));
}

static void accepts_paths(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "/",
        "/a",
        "/a/",
        "/a/b",
        "/api2/public/v1.2/customers",
        "/...",
        "/.a",
        "/..a",
        "/a..",
        "/a.",
        "/.../a",
        "/a.../b",
        "/.well-known/openid-configuration",
        "/~user/a_b-c",
        "/a!$&'()*+,=:@",
        "/customers(5)",
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i)
        check(cases[i], uri_path_is_plain(slice_of(cases[i])));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_resources), cmocka_unit_test(accepts_resources), cmocka_unit_test(refuses_issuers),
        cmocka_unit_test(accepts_issuers),   cmocka_unit_test(refuses_paths),     cmocka_unit_test(accepts_paths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
