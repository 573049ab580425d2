/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "base/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#define TEXT(literal)                                                                                                  \
    {                                                                                                                  \
        (char *)"" literal, sizeof(literal) - 1                                                                        \
    }

static struct address address_of(const char *text)
{
    struct address address = {.family = 0};
    if (!address_parse(slice_of(text), &address))
        fail_msg("not an address: %s", text);
    return address;
}

static const char *text_of(struct address address)
{
    static char text[LIMIT_ADDRESS_BYTES_MAX];
    size_t len = address_text(&address, text);
    assert_int_equal(len, strlen(text));
    return text;
}

/* --- addresses --- */

static void refuses_what_is_no_address(void **state)
{
    (void)state;
    static const h2o_iovec_t cases[] = {
        {NULL, 0},
        TEXT(""),
        TEXT(" "),
        TEXT("-"),
        TEXT("unknown"),
        TEXT("localhost"),
        TEXT("1"),
        TEXT("1.2.3"),
        TEXT("1.2.3."),
        TEXT("1.2.3.4."),
        TEXT("1.2.3.4.5"),
        TEXT(".1.2.3.4"),
        TEXT("1..2.3"),
        TEXT("1.2.3.256"),
        TEXT("1.2.3.-4"),
        TEXT("1.2.3.+4"),
        TEXT("1.2.3.04"),
        TEXT("0x1.2.3.4"),
        TEXT("2130706433"),
        TEXT("0177.0.0.1"),
        TEXT(" 1.2.3.4"),
        TEXT("1.2.3.4 "),
        TEXT("1.2.3.4\n"),
        TEXT("1.2.3.4\0"),
        TEXT("1.2.3.4\0.evil"),
        TEXT("1.2.3.4:80"),
        TEXT("1.2.3.4/32"),
        TEXT("\xd9\xa1.2.3.4"),
        TEXT(":"),
        TEXT(":::"),
        TEXT("::1::"),
        TEXT("1::2::3"),
        TEXT("1:2:3:4:5:6:7"),
        TEXT("1:2:3:4:5:6:7:8:9"),
        TEXT("1:2:3:4:5:6:7:8::"),
        TEXT(":1:2:3:4:5:6:7"),
        TEXT("::12345"),
        TEXT("::g"),
        TEXT("::1%lo"),
        TEXT("fe80::1%1"),
        TEXT("[::1]"),
        TEXT("::ffff:1.2.3"),
        TEXT("::ffff:1.2.3.256"),
        TEXT("::1.2.3.4:5"),
        TEXT("1234:1234:1234:1234:1234:1234:123.123.123.1234"),
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        struct address address = {.family = 99};
        check(cases[i].len == 0 ? "empty" : cases[i].base, !address_parse(cases[i], &address));
        assert_int_equal(address.family, 99);
    }
}

static void writes_the_canonical_form(void **state)
{
    (void)state;
    static const struct {
        const char *text, *canonical;
    } cases[] = {
        {"0.0.0.0", "0.0.0.0"},
        {"255.255.255.255", "255.255.255.255"},
        {"192.0.2.1", "192.0.2.1"},
        {"::", "::"},
        {"::1", "::1"},
        {"1::", "1::"},
        {"0:0:0:0:0:0:0:0", "::"},
        {"2001:0DB8::0001", "2001:db8::1"},
        {"2001:db8:0:0:0:0:2:1", "2001:db8::2:1"},
        {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
        {"2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
        {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},
        {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
        {"0:0:1:0:0:1:0:0", "::1:0:0:1:0:0"},
        {"1:0:0:2:0:0:0:0", "1:0:0:2::"},
        {"1:2:3:4:5:6:0:0", "1:2:3:4:5:6::"},
        {"0:0:3:4:5:6:7:8", "::3:4:5:6:7:8"},
        {"0:2:3:4:5:6:7:0", "0:2:3:4:5:6:7:0"},
        {"ABCD:EF01:2345:6789:ABCD:EF01:2345:6789", "abcd:ef01:2345:6789:abcd:ef01:2345:6789"},
        {"::1.2.3.4", "::102:304"},
        {"64:ff9b::192.0.2.1", "64:ff9b::c000:201"},
        {"::ffff:192.0.2.1", "192.0.2.1"},
        {"::FFFF:C000:0201", "192.0.2.1"},
        {"0:0:0:0:0:ffff:0:0", "0.0.0.0"},
        {"::fffe:1.2.3.4", "::fffe:102:304"},
        {"0:0:0:0:1:ffff:1.2.3.4", "::1:ffff:102:304"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i)
        check_slice(cases[i].text, slice_of(text_of(address_of(cases[i].text))), slice_of(cases[i].canonical));
    assert_string_equal(text_of((struct address){.family = 0}), "-");
}

/* The C library reads each of our texts as the bytes that it was made from. */
static void writes_what_others_read(void **state)
{
    (void)state;
    uint64_t seed = 88172645463325252u;
    for (int round = 0; round < 20000; ++round) {
        struct address address = {.family = 6};
        uint8_t bytes[16];
        for (size_t i = 0; i < sizeof(address.bytes); ++i) {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            address.bytes[i] = seed % 3 == 0 ? (uint8_t)(seed >> 8) : 0;
        }
        const char *text = text_of(address);
        check(text, inet_pton(AF_INET6, text, bytes) == 1);
        check(text, memcmp(bytes, address.bytes, sizeof(bytes)) == 0);
    }
}

static void reads_sockets(void **state)
{
    (void)state;
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(80)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_scope_id = 7};
    struct sockaddr_un local = {.sun_family = AF_UNIX};
    struct sockaddr other = {.sa_family = AF_PACKET};
    struct address address = {.family = 99};
    assert_false(address_from_sockaddr(&other, &address));
    assert_int_equal(address.family, 99);

    inet_pton(AF_INET, "192.0.2.7", &v4.sin_addr);
    assert_true(address_from_sockaddr((struct sockaddr *)&v4, &address));
    assert_string_equal(text_of(address), "192.0.2.7");
    inet_pton(AF_INET6, "2001:db8::7", &v6.sin6_addr);
    assert_true(address_from_sockaddr((struct sockaddr *)&v6, &address));
    assert_string_equal(text_of(address), "2001:db8::7");
    inet_pton(AF_INET6, "::ffff:192.0.2.7", &v6.sin6_addr);
    assert_true(address_from_sockaddr((struct sockaddr *)&v6, &address));
    assert_string_equal(text_of(address), "192.0.2.7");
    assert_true(address_from_sockaddr((struct sockaddr *)&local, &address));
    assert_string_equal(text_of(address), "-");
}

static void compares(void **state)
{
    (void)state;
    struct address v4 = address_of("1.2.3.4"), mapped = address_of("::ffff:1.2.3.4");
    struct address v6 = address_of("102:304::"), other = address_of("1.2.3.5");
    mapped.bytes[9] = 1; /* behind the four bytes that count */
    assert_true(address_equal(&v4, &mapped));
    assert_false(address_equal(&v4, &v6));
    assert_false(address_equal(&v4, &other));

    static const struct {
        const char *text;
        bool is_loopback;
    } cases[] = {
        {"127.0.0.1", true},
        {"127.255.255.255", true},
        {"::1", true},
        {"::ffff:127.0.0.1", true},
        {"126.255.255.255", false},
        {"128.0.0.1", false},
        {"0.0.0.0", false},
        {"::", false},
        {"::2", false},
        {"1::1", false},
        {"7f00::", false},
        {"::127.0.0.1", false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        struct address address = address_of(cases[i].text);
        check(cases[i].text, address_is_loopback(&address) == cases[i].is_loopback);
    }
    assert_false(address_is_loopback(&(struct address){.family = 0}));
}

/* --- blocks --- */

static void refuses_wrong_blocks(void **state)
{
    (void)state;
    static const h2o_iovec_t cases[] = {
        TEXT(""),
        TEXT("/8"),
        TEXT("10.0.0.0/"),
        TEXT("10.0.0.0/33"),
        TEXT("10.0.0.0/-1"),
        TEXT("10.0.0.0/+8"),
        TEXT("10.0.0.0/08"),
        TEXT("10.0.0.0/8 "),
        TEXT("10.0.0.0/8/8"),
        TEXT("10.0.0.0/255.0.0.0"),
        TEXT("10.0.0.0/18446744073709551624"),
        TEXT("10.0.0.1/8"),
        TEXT("10.128.0.0/8"),
        TEXT("10.0.0.1/31"),
        TEXT("0.0.0.1/0"),
        TEXT("10/8"),
        TEXT("::1/127"),
        TEXT("::/129"),
        TEXT("2001:db8::1/64"),
        TEXT("8000::/0"),
        TEXT("::ffff:10.0.0.0/8"),
        TEXT("::ffff:0:0/95"),
        TEXT("::ffff:10.0.0.1/104"),
        TEXT("::ffff:10.0.0.0/129"),
        TEXT("localhost/8"),
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        struct cidr block = {.bits = 99};
        check(cases[i].base, !cidr_parse(cases[i], &block));
        assert_int_equal(block.bits, 99);
    }
}

static void tells_inside_from_outside(void **state)
{
    (void)state;
    static const struct {
        const char *block, *address;
        bool is_inside;
    } cases[] = {
        {"10.0.0.0/8", "10.0.0.0", true},
        {"10.0.0.0/8", "10.255.255.255", true},
        {"10.0.0.0/8", "11.0.0.0", false},
        {"10.0.0.0/8", "9.255.255.255", false},
        {"10.0.0.0/8", "::ffff:10.1.2.3", true},
        {"10.0.0.0/8", "a00::", false},
        {"192.0.2.128/25", "192.0.2.127", false},
        {"192.0.2.128/25", "192.0.2.128", true},
        {"172.16.0.0/12", "172.31.255.255", true},
        {"172.16.0.0/12", "172.32.0.0", false},
        {"192.0.2.1", "192.0.2.1", true},
        {"192.0.2.1", "192.0.2.2", false},
        {"192.0.2.1/32", "192.0.2.1", true},
        {"0.0.0.0/0", "255.255.255.255", true},
        {"0.0.0.0/0", "::1", false},
        {"::/0", "ffff::1", true},
        {"::/0", "1.2.3.4", false},
        {"::1", "::1", true},
        {"::1", "::", false},
        {"2001:db8::/33", "2001:db8:7fff::1", true},
        {"2001:db8::/33", "2001:db8:8000::1", false},
        {"::ffff:10.0.0.0/104", "10.9.9.9", true},
        {"::ffff:10.0.0.0/104", "11.9.9.9", false},
        {"::ffff:0:0/96", "1.2.3.4", true},
        {"::ffff:1.2.3.4", "1.2.3.4", true},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        struct cidr block;
        struct address address = address_of(cases[i].address);
        check(cases[i].block, cidr_parse(slice_of(cases[i].block), &block));
        if (cidr_contains(&block, &address) != cases[i].is_inside)
            fail_msg("%s in %s", cases[i].address, cases[i].block);
    }
    struct cidr nothing = {{.family = 0}, 0};
    assert_false(cidr_contains(&nothing, &nothing.base));
}

static void reads_lists(void **state)
{
    (void)state;
    static const h2o_iovec_t wrong[] = {
        TEXT(","),          TEXT("10.0.0.0/8,"), TEXT(",10.0.0.0/8"), TEXT("10.0.0.0/8,,::1"), TEXT("10.0.0.0/8 ::1"),
        TEXT("10.0.0.1/8"),
    };
    for (size_t i = 0; i < COUNT_OF(wrong); ++i) {
        struct cidr_list list = {NULL, 77};
        check(wrong[i].base, !cidr_list_parse(wrong[i], &list));
        assert_int_equal(list.count, 77);
    }

    struct cidr_list list = {NULL, 77};
    assert_true(cidr_list_parse(SLICE_NONE, &list));
    assert_int_equal(list.count, 0);
    assert_true(cidr_list_parse(SLICE(" \t"), &list));
    assert_int_equal(list.count, 0);
    cidr_list_free(&list);

    assert_true(cidr_list_parse(SLICE("10.0.0.0/8, ::1 ,192.0.2.0/24"), &list));
    assert_int_equal(list.count, 3);
    struct address inside = address_of("192.0.2.9"), outside = address_of("192.0.3.9");
    assert_true(cidr_list_contains(&list, &inside));
    assert_false(cidr_list_contains(&list, &outside));
    cidr_list_free(&list);
    assert_null(list.blocks);
    assert_false(cidr_list_contains(&list, &inside));
}

/* --- the client behind proxies --- */

static void check_client(const char *name, const char *peer, h2o_iovec_t forwarded, const char *wanted)
{
    struct cidr_list trusted;
    struct address socket = strcmp(peer, "-") == 0 ? (struct address){.family = 0} : address_of(peer);
    assert_true(cidr_list_parse(SLICE("10.0.0.0/8,2001:db8::/32"), &trusted));
    struct address client = address_of_client(&socket, forwarded, &trusted);
    check_slice(name, slice_of(text_of(client)), slice_of(wanted));
    cidr_list_free(&trusted);
}

static void finds_the_client(void **state)
{
    (void)state;
    static const struct {
        const char *name, *peer;
        h2o_iovec_t forwarded;
        const char *client;
    } cases[] = {
        {"peer is not trusted", "192.0.2.1", TEXT("10.0.0.1"), "192.0.2.1"},
        {"peer is not trusted, claims loopback", "192.0.2.1", TEXT("127.0.0.1"), "192.0.2.1"},
        {"spoofed by the client", "10.0.0.1", TEXT("127.0.0.1, 198.51.100.7"), "198.51.100.7"},
        {"spoofed with a trusted hop", "10.0.0.1", TEXT("127.0.0.1, 10.0.0.9, 198.51.100.7"), "198.51.100.7"},
        {"garbage first", "10.0.0.1", TEXT("<script>, 198.51.100.7"), "198.51.100.7"},
        {"garbage last", "10.0.0.1", TEXT("198.51.100.7, unknown"), "10.0.0.1"},
        {"garbage between", "10.0.0.1", TEXT("198.51.100.7, unknown, 10.0.0.2"), "10.0.0.2"},
        {"empty last", "10.0.0.1", TEXT("198.51.100.7,"), "10.0.0.1"},
        {"empty between", "10.0.0.1", TEXT("198.51.100.7,,10.0.0.2"), "10.0.0.2"},
        {"only commas", "10.0.0.1", TEXT(",,,"), "10.0.0.1"},
        {"empty header", "10.0.0.1", TEXT(""), "10.0.0.1"},
        {"blank header", "10.0.0.1", TEXT(" "), "10.0.0.1"},
        {"no header", "10.0.0.1", {NULL, 0}, "10.0.0.1"},
        {"NUL in a hop", "10.0.0.1", TEXT("198.51.100.7\0"), "10.0.0.1"},
        {"two addresses without comma", "10.0.0.1", TEXT("198.51.100.7 198.51.100.8"), "10.0.0.1"},
        {"quotes", "10.0.0.1", TEXT("\"198.51.100.7\""), "10.0.0.1"},
        {"port empty", "10.0.0.1", TEXT("198.51.100.7:"), "10.0.0.1"},
        {"port too large", "10.0.0.1", TEXT("198.51.100.7:65536"), "10.0.0.1"},
        {"port is a word", "10.0.0.1", TEXT("198.51.100.7:http"), "10.0.0.1"},
        {"bracket open", "10.0.0.1", TEXT("[::1"), "10.0.0.1"},
        {"bracket alone", "10.0.0.1", TEXT("["), "10.0.0.1"},
        {"brackets empty", "10.0.0.1", TEXT("[]:80"), "10.0.0.1"},
        {"brackets around IPv4", "10.0.0.1", TEXT("[198.51.100.7]:80"), "10.0.0.1"},
        {"garbage behind the bracket", "10.0.0.1", TEXT("[::1]80"), "10.0.0.1"},
        {"port with a colon too many", "10.0.0.1", TEXT("[::1]::80"), "10.0.0.1"},
        {"a block", "10.0.0.1", TEXT("198.51.100.0/24"), "10.0.0.1"},
        {"one hop", "10.0.0.1", TEXT("198.51.100.7"), "198.51.100.7"},
        {"blanks around", "10.0.0.1", TEXT("\t198.51.100.7  "), "198.51.100.7"},
        {"two trusted proxies", "10.0.0.1", TEXT("198.51.100.7,10.0.0.3, 10.0.0.2"), "198.51.100.7"},
        {"trusted of both families", "2001:db8::1", TEXT("2001:470::7, 2001:db8::2, 10.0.0.2"), "2001:470::7"},
        {"all are trusted", "10.0.0.1", TEXT("10.0.0.3, 10.0.0.2"), "10.0.0.3"},
        {"port", "10.0.0.1", TEXT("198.51.100.7:80"), "198.51.100.7"},
        {"brackets", "10.0.0.1", TEXT("[2001:470::7]"), "2001:470::7"},
        {"brackets and port", "10.0.0.1", TEXT("[2001:470::7]:65535"), "2001:470::7"},
        {"bare IPv6", "10.0.0.1", TEXT("2001:470::7"), "2001:470::7"},
        {"mapped IPv4", "10.0.0.1", TEXT("198.51.100.7, ::ffff:10.0.0.2"), "198.51.100.7"},
        {"mapped IPv4 with port", "10.0.0.1", TEXT("198.51.100.7, [::ffff:10.0.0.2]:9"), "198.51.100.7"},
        {"mapped peer", "::ffff:10.0.0.1", TEXT("198.51.100.7"), "198.51.100.7"},
        {"no peer address", "-", TEXT("198.51.100.7"), "-"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i)
        check_client(cases[i].name, cases[i].peer, cases[i].forwarded, cases[i].client);
}

static void bounds_the_walk(void **state)
{
    char hops[16 * 1024];
    size_t len = 0;
    (void)state;
    for (unsigned i = 200; i > 0; --i)
        len += (size_t)sprintf(hops + len, "%s10.1.0.%u", len == 0 ? "" : ",", i);
    check_client("200 hops", "10.0.0.1", (h2o_iovec_t){hops, len}, "10.1.0.100");

    memset(hops, ',', sizeof(hops));
    check_client("16 KB of commas", "10.0.0.1", (h2o_iovec_t){hops, sizeof(hops)}, "10.0.0.1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_what_is_no_address),
        cmocka_unit_test(writes_the_canonical_form),
        cmocka_unit_test(writes_what_others_read),
        cmocka_unit_test(reads_sockets),
        cmocka_unit_test(compares),
        cmocka_unit_test(refuses_wrong_blocks),
        cmocka_unit_test(tells_inside_from_outside),
        cmocka_unit_test(reads_lists),
        cmocka_unit_test(finds_the_client),
        cmocka_unit_test(bounds_the_walk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
