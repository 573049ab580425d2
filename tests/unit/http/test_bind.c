/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "base/limits.h"
#include "http/bind.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>

static const char *const refused[] = {
    "",
    "127.0.0.1",
    ":80",
    "127.0.0.1:",
    "127.0.0.1:x",
    "127.0.0.1:-1",
    "127.0.0.1:65536",
    "localhost:80",
    "*:80",
    "127.1:80",
    "127.0.0.1:080",
    "[127.0.0.1]:80",
    "::1:80",
    "[::1]",
    "[::1]:",
    "[::1:80",
    "::1]:80",
    "[::1]80",
    "[fe80::1%lo]:80",
    "127.0.0.1:80 ",
    " 127.0.0.1:80",
    "[]:80",
    "/run/socket",
    "127.0.0.1:80:80",
};

static void test_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(refused); ++i) {
        struct bind_address address;
        check(refused[i], !bind_parse(refused[i], &address));
    }
}

static void test_parsed(void **state)
{
    static const struct {
        const char *text;
        unsigned port;
        int family;
        bool is_loopback;
    } cases[] = {
        {"127.0.0.1:8080", 8080, AF_INET, true}, {"127.9.9.9:0", 0, AF_INET, true},
        {"0.0.0.0:80", 80, AF_INET, false},      {"192.0.2.1:65535", 65535, AF_INET, false},
        {"[::1]:443", 443, AF_INET6, true},      {"[::]:443", 443, AF_INET6, false},
        {"[2001:db8::1]:1", 1, AF_INET6, false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        struct bind_address address;
        check(cases[i].text, bind_parse(cases[i].text, &address));
        check(cases[i].text, bind_port(&address) == cases[i].port);
        check(cases[i].text, address.name.ss_family == cases[i].family);
        check(cases[i].text, bind_is_loopback(&address) == cases[i].is_loopback);
    }
}

static int option_of(int fd, int level, int option)
{
    int value = 0;
    socklen_t len = sizeof(value);
    assert_int_equal(getsockopt(fd, level, option, &value, &len), 0);
    return value;
}

static void test_listens(void **state)
{
    struct bind_address address;
    int fds[3];
    char *message = NULL;
    (void)state;
    assert_true(bind_parse("127.0.0.1:0", &address));
    assert_true(bind_listen(&address, fds, COUNT_OF(fds), &message));
    assert_null(message);
    assert_int_not_equal(bind_port(&address), 0);
    for (size_t i = 0; i < COUNT_OF(fds); ++i) {
        struct sockaddr_in name;
        socklen_t len = sizeof(name);
        assert_int_equal(getsockname(fds[i], (struct sockaddr *)&name, &len), 0);
        assert_int_equal(ntohs(name.sin_port), bind_port(&address));
        assert_int_equal(option_of(fds[i], SOL_SOCKET, SO_ACCEPTCONN), 1);
        assert_int_equal(option_of(fds[i], IPPROTO_TCP, TCP_USER_TIMEOUT), LIMIT_WRITE_STALL_MS);
    }
    int second[1];
    struct bind_address same = address;
    assert_false(bind_listen(&same, second, 1, &message)); /* the system would let the two share the port */
    assert_non_null(strstr(message, "cannot listen on port"));
    free(message);
    for (size_t i = 0; i < COUNT_OF(fds); ++i)
        close(fds[i]);
    assert_true(bind_listen(&same, second, 1, &message));
    close(second[0]);
}

static void test_listens_for_both_families(void **state)
{
    struct bind_address address;
    int fd;
    char *message = NULL;
    (void)state;
    assert_true(bind_parse("[::]:0", &address));
    assert_true(bind_listen(&address, &fd, 1, &message));
    struct sockaddr_in name = {.sin_family = AF_INET,
                               .sin_port = htons((uint16_t)bind_port(&address)),
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int client = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(client, (struct sockaddr *)&name, sizeof(name)), 0);
    close(client);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_parsed),
        cmocka_unit_test(test_listens),
        cmocka_unit_test(test_listens_for_both_families),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
