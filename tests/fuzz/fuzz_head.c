/* SPDX-License-Identifier: Apache-2.0 */
/* links: */
/* The second look at a head, beside the library's own parser: what we accept it has to have read in the same way, since
 * a handler sees its reading. The other way round we refuse more. */
#include "http/head_check.c"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* The library exports its parser without a header. */
struct phr_header {
    const char *name;
    size_t name_len;
    const char *value;
    size_t value_len;
};
int phr_parse_request(const char *bytes, size_t len, const char **method, size_t *method_len, const char **path,
                      size_t *path_len, int *minor_version, struct phr_header *headers, size_t *count, size_t last_len);

static size_t count_fields(const struct phr_header *headers, size_t count, h2o_iovec_t name)
{
    size_t found = 0;
    for (size_t i = 0; i < count; ++i) {
        assert(headers[i].name_len > 0); /* no folded line */
        found += slice_equal_ignoring_case((h2o_iovec_t){(char *)headers[i].name, headers[i].name_len}, name);
    }
    return found;
}

static void compare(const char *raw, size_t len, const struct head *head)
{
    struct phr_header headers[LIMIT_HEADERS_MAX + 1];
    size_t count = LIMIT_HEADERS_MAX + 1;
    h2o_iovec_t method, target;
    int minor;
    int length = phr_parse_request(raw, len, (const char **)&method.base, &method.len, (const char **)&target.base,
                                   &target.len, &minor, headers, &count, 0);
    assert(length > 0 && (size_t)length == head->length);
    assert(slice_equal(method, head->method));
    assert(slice_equal(target, head->target));
    assert(target.base[0] == '/');
    assert(minor <= 1);
    assert(count <= LIMIT_HEADERS_MAX);
    for (size_t i = 0; i < FIELD__MAX; ++i)
        assert(count_fields(headers, count, fields[i].name) <= 1);
    assert(minor == 0 || count_fields(headers, count, SLICE("host")) == 1);
    assert(count_fields(headers, count, SLICE("transfer-encoding")) == (size_t)head->chunked);
    assert(!head->chunked || count_fields(headers, count, SLICE("content-length")) == 0);
}

/* Beginnings that an empty corpus would take long to find; the first byte chooses. */
static const h2o_iovec_t beginnings[] = {
    SLICE(""),
    SLICE("GET /"),
    SLICE("GET / HTTP/1."),
    SLICE("GET / HTTP/1.1\r\nhost: x\r\n"),
    SLICE("POST /a?b HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n"),
    SLICE("POST / HTTP/1.0\r\ncontent-length: 3\r\n"),
    SLICE("GET / HTTP/1.1\r\nhost: x\r\nauthorization: a\r\ncontent-type: b\r\nexpect: c\r\n"),
};
#define BEGINNINGS (sizeof(beginnings) / sizeof(beginnings[0]))

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static const h2o_iovec_t end = SLICE("\r\n");
    if (len == 0)
        return 0;
    h2o_iovec_t beginning = beginnings[bytes[0] % BEGINNINGS];
    bool is_ended = bytes[0] >= BEGINNINGS * 8;
    size_t whole = beginning.len + len - 1 + (is_ended ? end.len : 0);
    char *raw = malloc(whole + 1); /* of its own, so that a byte too far is seen */
    if (raw == NULL)
        abort();
    memcpy(raw, beginning.base, beginning.len);
    memcpy(raw + beginning.len, bytes + 1, len - 1);
    if (is_ended)
        memcpy(raw + whole - end.len, end.base, end.len);
    struct head head;
    h2o_iovec_t detail = SLICE_NONE;
    enum err err = head_check((h2o_iovec_t){raw, whole}, &head, &detail);
    assert(err == ERR_NONE || err == ERR_MALFORMED_HTTP || err == ERR_URI_TOO_LONG || err == ERR_HEAD_TOO_LARGE);
    assert((err == ERR_NONE) == (detail.base == NULL));
    if (err == ERR_NONE)
        compare(raw, whole, &head);
    free(raw);
    return 0;
}
