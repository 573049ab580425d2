/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "webhook/target.h"

#include <arpa/inet.h>
#include <netinet/in.h>

static const struct target_rules strict = {false, false}, lenient = {true, true};

static void refuses_addresses_that_are_not_public(void **state)
{
    (void)state;
    static const char *const refused[] = {
        "0.0.0.0",
        "0.255.255.255",
        "10.0.0.1",
        "10.255.255.255",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.8",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.0.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        /* IPv6 */
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "::ffff:0:127.0.0.1",
        "::127.0.0.1",
        "::8.8.8.8",
        "64:ff9b::127.0.0.1",
        "64:ff9b::8.8.8.8",
        "64:ff9b:1::a00:1",
        "100::1",
        "2001::1",
        "2001:0:7f00:1::",
        "2001:20::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "2002:808:808::1",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd12:3456::1",
        "fe80::1",
        "febf::1",
        "fec0::1",
        "ff02::1",
        "ff0e::1",
    };
    for (size_t i = 0; i < COUNT_OF(refused); ++i) {
        struct address address;
        check(refused[i], address_parse(slice_of(refused[i]), &address));
        check(refused[i], !target_address_is_public(&address));
    }
    assert_false(target_address_is_public(&(struct address){.family = 0}));
}

static void lets_public_addresses_pass(void **state)
{
    (void)state;
    static const char *const good[] = {
        "1.1.1.1",         "8.8.8.8",        "9.255.255.255",        "11.0.0.0",
        "100.63.255.255",  "100.128.0.0",    "126.255.255.255",      "128.0.0.1",
        "169.253.255.255", "172.15.255.255", "172.32.0.0",           "192.0.1.0",
        "192.167.255.255", "198.17.255.255", "198.20.0.0",           "223.255.255.255",
        "::ffff:8.8.8.8",  "2001:200::1",    "2606:4700:4700::1111", "2a00:1450::1",
    };
    for (size_t i = 0; i < COUNT_OF(good); ++i) {
        struct address address;
        check(good[i], address_parse(slice_of(good[i]), &address));
        check(good[i], target_address_is_public(&address));
    }
}

static void refuses_urls(void **state)
{
    (void)state;
    static const char *const refused[] = {
        "",
        "receiver",
        "receiver.example/hook",
        "//receiver.example/",
        "https://",
        "https:///x",
        "https://a b/",
        "https://receiver.example/\r\nX: y",
        "https://receiver.example/\xc3\xa4",
        "http://receiver.example/",
        "ftp://receiver.example/",
        "file:///etc/passwd",
        "gopher://receiver.example:70/",
        "javascript:alert(1)",
        "https://name@receiver.example/",
        "https://name:word@receiver.example/",
        "https://receiver.example/#part",
        "https://receiver.example:22/",
        "https://receiver.example:25/",
        "https://receiver.example:0/",
        "https://receiver.example:1023/",
        "https://receiver.example:65536/",
        "https://receiver.example:x/",
        /* every spelling of an address that is not public */
        "https://127.0.0.1/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0x7f.1/",
        "https://0177.0.0.1/",
        "https://0/",
        "https://10.0.0.1:8443/",
        "https://169.254.169.254/latest",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:7f00:1]/",
        "https://[fe80::1%25eth0]/",
        "https://[fd00::1]/",
        "https://[64:ff9b::7f00:1]/",
    };
    for (size_t i = 0; i < COUNT_OF(refused); ++i)
        check(refused[i], target_url_fault(slice_of(refused[i]), &strict) != NULL);
    char longest[2002];
    memset(longest, 'a', sizeof(longest));
    memcpy(longest, "https://r.example/", 18);
    assert_null(target_url_fault((h2o_iovec_t){longest, 2000}, &strict));
    assert_non_null(target_url_fault((h2o_iovec_t){longest, 2001}, &strict));
}

static void takes_urls(void **state)
{
    (void)state;
    static const char *const good[] = {
        "https://receiver.example",          "https://receiver.example/hook?account=1&x=%20",
        "https://receiver.example:443/",     "https://receiver.example:80/",
        "https://receiver.example:8443/",    "https://8.8.8.8/",
        "https://[2606:4700:4700::1111]/in", "HTTPS://receiver.example/",
    };
    static const char *const only_when_allowed[] = {"http://receiver.example/", "http://127.0.0.1:8080/",
                                                    "http://[::1]:8080/"};
    for (size_t i = 0; i < COUNT_OF(good); ++i)
        check(good[i], target_url_fault(slice_of(good[i]), &strict) == NULL);
    for (size_t i = 0; i < COUNT_OF(only_when_allowed); ++i) {
        check(only_when_allowed[i], target_url_fault(slice_of(only_when_allowed[i]), &strict) != NULL);
        check(only_when_allowed[i], target_url_fault(slice_of(only_when_allowed[i]), &lenient) == NULL);
    }
    assert_non_null(target_url_fault(SLICE("ftp://127.0.0.1/"), &lenient));
    assert_non_null(target_url_fault(SLICE("http://127.0.0.1:22/"), &lenient));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_addresses_that_are_not_public),
        cmocka_unit_test(lets_public_addresses_pass),
        cmocka_unit_test(refuses_urls),
        cmocka_unit_test(takes_urls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
