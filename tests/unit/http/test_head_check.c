/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "base/limits.h"
#include "http/head_check.h"

#include <stdlib.h>

#define LINE   "GET / HTTP/1.1\r\n"
#define HOST   "host: x\r\n"
#define END    "\r\n"
#define GET(x) SLICE(LINE HOST x END)

static const struct {
    const char *name;
    h2o_iovec_t raw;
} malformed[] = {
    {"nothing", SLICE("")},
    {"no line", SLICE("GET / HTTP/1.1")},
    {"no empty line", SLICE(LINE HOST)},
    {"only empty lines", SLICE("\r\n\r\n\r\n")},
    {"bare line feeds", SLICE("GET / HTTP/1.1\nhost: x\n\n")},
    {"bare line feed behind the request line", SLICE("GET / HTTP/1.1\n" HOST END)},
    {"bare line feed behind a field", SLICE(LINE "host: x\n" END)},
    {"bare line feed as the end", SLICE(LINE HOST "\n")},
    {"bare line feed in front", SLICE("\n" LINE HOST END)},
    {"two empty lines in front", SLICE("\r\n\r\n" LINE HOST END)},
    {"carriage return in a value", GET("a: b\rc\r\n")},
    {"carriage return twice", SLICE("GET / HTTP/1.1\r\r\n" HOST END)},
    {"no method", SLICE(" / HTTP/1.1\r\n" HOST END)},
    {"lower-case method", SLICE("get / HTTP/1.1\r\n" HOST END)},
    {"mixed-case method", SLICE("Get / HTTP/1.1\r\n" HOST END)},
    {"method with a colon", SLICE("GET: / HTTP/1.1\r\n" HOST END)},
    {"method of 33 letters", SLICE("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA / HTTP/1.1\r\n" HOST END)},
    {"tab for a blank", SLICE("GET\t/ HTTP/1.1\r\n" HOST END)},
    {"two blanks before the target", SLICE("GET  / HTTP/1.1\r\n" HOST END)},
    {"two blanks behind the target", SLICE("GET /  HTTP/1.1\r\n" HOST END)},
    {"blank at the end of the line", SLICE("GET / HTTP/1.1 \r\n" HOST END)},
    {"no version", SLICE("GET /\r\n" HOST END)},
    {"HTTP/0.9", SLICE("GET / HTTP/0.9\r\n" HOST END)},
    {"HTTP/1.2", SLICE("GET / HTTP/1.2\r\n" HOST END)},
    {"HTTP/1.9", SLICE("GET / HTTP/1.9\r\n" HOST END)},
    {"HTTP/1.01", SLICE("GET / HTTP/1.01\r\n" HOST END)},
    {"HTTP/2.0", SLICE("GET / HTTP/2.0\r\n" HOST END)},
    {"http/1.1", SLICE("GET / http/1.1\r\n" HOST END)},
    {"absolute form", SLICE("GET http://x/ HTTP/1.1\r\n" HOST END)},
    {"asterisk", SLICE("OPTIONS * HTTP/1.1\r\n" HOST END)},
    {"authority form", SLICE("CONNECT x:443 HTTP/1.1\r\n" HOST END)},
    {"no slash", SLICE("GET x HTTP/1.1\r\n" HOST END)},
    {"fragment", SLICE("GET /a#b HTTP/1.1\r\n" HOST END)},
    {"fragment in the query", SLICE("GET /a?b#c HTTP/1.1\r\n" HOST END)},
    {"control character in the target", SLICE("GET /a\x01 HTTP/1.1\r\n" HOST END)},
    {"DEL in the target", SLICE("GET /a\x7f HTTP/1.1\r\n" HOST END)},
    {"NUL in the target", SLICE("GET /a\0b HTTP/1.1\r\n" HOST END)},
    {"not ASCII in the target", SLICE("GET /\xc3\xa9 HTTP/1.1\r\n" HOST END)},
    {"folded", GET("a: b\r\n c\r\n")},
    {"folded with a tab", GET("a: b\r\n\tc\r\n")},
    {"folded at once", SLICE(LINE " " HOST END)},
    {"no colon", GET("abc\r\n")},
    {"no name", GET(": b\r\n")},
    {"blank before the colon", SLICE(LINE "host : x\r\n" END)},
    {"blank in a name", GET("a b: c\r\n")},
    {"not ASCII in a name", GET("\xe9: b\r\n")},
    {"bracket in a name", GET("a[]: b\r\n")},
    {"NUL in a value", GET("a: b\0c\r\n")},
    {"control character in a value", GET("a: b\x1f\r\n")},
    {"DEL in a value", GET("a: b\x7f\r\n")},
    {"no Host", SLICE(LINE "a: b\r\n" END)},
    {"two Hosts", SLICE(LINE "host: x\r\nhost: y\r\n" END)},
    {"two Hosts in two cases", SLICE(LINE "Host: x\r\nHOST: x\r\n" END)},
    {"two Hosts in HTTP/1.0", SLICE("GET / HTTP/1.0\r\nhost: x\r\nhost: x\r\n" END)},
    {"empty Host", SLICE(LINE "host:\r\n" END)},
    {"blank Host", SLICE(LINE "host: \t \r\n" END)},
    {"Host with a path", SLICE(LINE "host: x/\r\n" END)},
    {"Host with a user", SLICE(LINE "host: u@x\r\n" END)},
    {"two names in Host", SLICE(LINE "host: x y\r\n" END)},
    {"two Content-Lengths", GET("content-length: 3\r\ncontent-length: 5\r\n")},
    {"equal Content-Lengths", GET("content-length: 3\r\nContent-Length: 3\r\n")},
    {"list of Content-Lengths", GET("content-length: 3, 3\r\n")},
    {"signed Content-Length", GET("content-length: +3\r\n")},
    {"negative Content-Length", GET("content-length: -3\r\n")},
    {"hexadecimal Content-Length", GET("content-length: 0x3\r\n")},
    {"empty Content-Length", GET("content-length:\r\n")},
    {"Content-Length of 19 digits", GET("content-length: 1000000000000000000\r\n")},
    {"Content-Length and Transfer-Encoding", GET("content-length: 3\r\ntransfer-encoding: chunked\r\n")},
    {"Transfer-Encoding and Content-Length", GET("transfer-encoding: chunked\r\ncontent-length: 3\r\n")},
    {"two Transfer-Encodings", GET("transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n")},
    {"gzip, chunked", GET("transfer-encoding: gzip, chunked\r\n")},
    {"chunked, chunked", GET("transfer-encoding: chunked, chunked\r\n")},
    {"identity", GET("transfer-encoding: identity\r\n")},
    {"empty Transfer-Encoding", GET("transfer-encoding:\r\n")},
    {"chunked with a parameter", GET("transfer-encoding: chunked;a=b\r\n")},
    {"chunked in HTTP/1.0", SLICE("GET / HTTP/1.0\r\n" HOST "transfer-encoding: chunked\r\n" END)},
    {"two Authorizations", GET("authorization: a\r\nauthorization: b\r\n")},
    {"two Content-Types", GET("content-type: a/b\r\ncontent-type: a/b\r\n")},
    {"two Expects", GET("expect: 100-continue\r\nexpect: 100-continue\r\n")},
};

static void test_malformed(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(malformed); ++i) {
        struct head head = {.length = 12345};
        h2o_iovec_t detail = SLICE_NONE;
        check(malformed[i].name, head_check(malformed[i].raw, &head, &detail) == ERR_MALFORMED_HTTP);
        check(malformed[i].name, detail.len > 0);
        check(malformed[i].name, head.length == 12345);
    }
}

/* Whatever stands behind the head (a body, another request) is not looked at. */
#define BODY "\n \0\xff garbage\r\n"

static const struct {
    const char *name;
    h2o_iovec_t raw, method, target;
    bool chunked;
} good[] = {
    {"least", SLICE(LINE HOST END BODY), SLICE("GET"), SLICE("/"), false},
    {"HTTP/1.0 without Host", SLICE("GET / HTTP/1.0\r\n" END BODY), SLICE("GET"), SLICE("/"), false},
    {"empty line in front", SLICE("\r\n" LINE HOST END BODY), SLICE("GET"), SLICE("/"), false},
    {"query", SLICE("GET /a/b?c=%2f&d='e'{f}|^`\"<>\\ HTTP/1.1\r\n" HOST END BODY), SLICE("GET"),
     SLICE("/a/b?c=%2f&d='e'{f}|^`\"<>\\"), false},
    {"other method", SLICE("M-SEARCH_2 / HTTP/1.1\r\n" HOST END BODY), SLICE("M-SEARCH_2"), SLICE("/"), false},
    {"Host with a port", SLICE(LINE "Host:x.example:8080\r\n" END BODY), SLICE("GET"), SLICE("/"), false},
    {"Host in brackets", SLICE(LINE "host: [2001:db8::1]:80 \r\n" END BODY), SLICE("GET"), SLICE("/"), false},
    {"Content-Length", SLICE("POST / HTTP/1.1\r\n" HOST "Content-Length: 100000000000000000\r\n" END BODY),
     SLICE("POST"), SLICE("/"), false},
    {"chunked", SLICE("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: ChunkeD\r\n" END BODY), SLICE("POST"), SLICE("/"),
     true},
    {"two of another field", SLICE(LINE HOST "a: b\r\nA: \tc \xff\r\nx-forwarded-for:\r\n" END BODY), SLICE("GET"),
     SLICE("/"), false},
};

static void test_good(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(good); ++i) {
        struct head head = {.length = 0};
        h2o_iovec_t detail = SLICE_NONE;
        check(good[i].name, head_check(good[i].raw, &head, &detail) == ERR_NONE);
        check_slice(good[i].name, head.method, good[i].method);
        check_slice(good[i].name, head.target, good[i].target);
        check(good[i].name, head.chunked == good[i].chunked);
        check(good[i].name, head.length == good[i].raw.len - (sizeof(BODY) - 1));
        check(good[i].name, detail.base == NULL);
    }
}

/* No shorter text of a good head is one, and no byte behind it is read: the copy ends where the head ends. */
static void test_every_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(good); ++i) {
        size_t whole = good[i].raw.len - (sizeof(BODY) - 1);
        for (size_t len = 0; len <= whole; ++len) {
            char *copy = malloc(len + 1);
            assert_non_null(copy);
            memcpy(copy, good[i].raw.base, len);
            struct head head;
            h2o_iovec_t detail;
            enum err err = head_check((h2o_iovec_t){copy, len}, &head, &detail);
            check(good[i].name, (err == ERR_NONE) == (len == whole));
            free(copy);
        }
    }
}

/* Every byte at every place of a value: only control characters but the tab are refused. */
static void test_every_byte_of_a_value(void **state)
{
    (void)state;
    for (unsigned byte = 0; byte < 256; ++byte) {
        for (size_t place = 0; place < 20; ++place) {
            char raw[] = LINE HOST "a:bbbbbbbbbbbbbbbbbbbb\r\n" END;
            struct head head;
            h2o_iovec_t detail;
            raw[sizeof(LINE HOST "a:") - 1 + place] = (char)byte;
            bool is_good = (byte >= ' ' && byte != 0x7f) || byte == '\t';
            enum err err = head_check((h2o_iovec_t){raw, sizeof(raw) - 1}, &head, &detail);
            assert_int_equal(err, is_good ? ERR_NONE : ERR_MALFORMED_HTTP);
        }
    }
}

/* --- sizes ----------------------------------------------------------------------------------------------------------
 */

struct sizes {
    size_t target, fields, value; /* bytes; more fields than Host; bytes of one more field's value */
};

static enum err check_sizes(h2o_mem_pool_t *pool, struct sizes sizes, size_t *length_out)
{
    char *raw = h2o_mem_alloc_pool(pool, sizes.target + sizes.fields * 8 + sizes.value + 200);
    size_t len = (size_t)sprintf(raw, "GET /");
    memset(raw + len, 'a', sizes.target - 1);
    len += sizes.target - 1;
    len += (size_t)sprintf(raw + len, " HTTP/1.1\r\nhost: x\r\n");
    for (size_t i = 0; i < sizes.fields; ++i)
        len += (size_t)sprintf(raw + len, "a: b\r\n");
    if (sizes.value > 0) {
        len += (size_t)sprintf(raw + len, "c: ");
        memset(raw + len, 'd', sizes.value);
        len += sizes.value;
        len += (size_t)sprintf(raw + len, "\r\n");
    }
    len += (size_t)sprintf(raw + len, "\r\n");
    struct head head = {.length = 0};
    h2o_iovec_t detail = SLICE_NONE;
    enum err err = head_check((h2o_iovec_t){raw, len}, &head, &detail);
    assert_true(err == ERR_NONE ? detail.base == NULL : detail.len > 0);
    *length_out = len;
    return err;
}

static void test_sizes(void **state)
{
    size_t length, plain;
    h2o_mem_pool_t *pool = pool_of(state);
    assert_int_equal(check_sizes(pool, (struct sizes){LIMIT_URI_BYTES_MAX, 0, 0}, &length), ERR_NONE);
    assert_int_equal(check_sizes(pool, (struct sizes){LIMIT_URI_BYTES_MAX + 1, 0, 0}, &length), ERR_URI_TOO_LONG);
    assert_int_equal(check_sizes(pool, (struct sizes){LIMIT_HEAD_BYTES_MAX * 2, 0, 0}, &length), ERR_URI_TOO_LONG);
    assert_int_equal(check_sizes(pool, (struct sizes){1, LIMIT_HEADERS_MAX - 1, 0}, &length), ERR_NONE);
    assert_int_equal(check_sizes(pool, (struct sizes){1, LIMIT_HEADERS_MAX, 0}, &length), ERR_HEAD_TOO_LARGE);
    assert_int_equal(check_sizes(pool, (struct sizes){1, 0, 1}, &plain), ERR_NONE);
    size_t room = LIMIT_HEAD_BYTES_MAX - plain + 1;
    assert_int_equal(check_sizes(pool, (struct sizes){1, 0, room}, &length), ERR_NONE);
    assert_int_equal(length, LIMIT_HEAD_BYTES_MAX);
    assert_int_equal(check_sizes(pool, (struct sizes){1, 0, room + 1}, &length), ERR_HEAD_TOO_LARGE);
    assert_int_equal(check_sizes(pool, (struct sizes){1, 0, 400 * 1024}, &length), ERR_HEAD_TOO_LARGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_malformed), cmocka_unit_test(test_good),
        cmocka_unit_test(test_every_cut), cmocka_unit_test(test_every_byte_of_a_value),
        test_with_pool(test_sizes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
