/* SPDX-License-Identifier: Apache-2.0 */
#include "base/uri.h"

#include "base/limits.h"
#include <arpa/inet.h>

#define HOST_BYTES_MAX  253 /* RFC 1035 section 2.3.4, without the final dot */
#define LABEL_BYTES_MAX 63
#define PORT_MAX        65535

enum {
    IN_URI = 1,    /* RFC 3986: unreserved, gen-delims but '#', sub-delims, '%' */
    IN_SCHEME = 2, /* behind its first letter */
    IN_HOST = 4,   /* our issuer's: lower case, no escapes */
    IN_PATH = 8,   /* as we route it */
};

static const uint8_t classes[256] = {
    ['A' ... 'Z'] = IN_URI | IN_SCHEME | IN_PATH,
    ['a' ... 'z'] = IN_URI | IN_SCHEME | IN_HOST | IN_PATH,
    ['0' ... '9'] = IN_URI | IN_SCHEME | IN_HOST | IN_PATH,
    ['-'] = IN_URI | IN_SCHEME | IN_HOST | IN_PATH,
    ['.'] = IN_URI | IN_SCHEME | IN_HOST | IN_PATH,
    ['+'] = IN_URI | IN_SCHEME | IN_PATH,
    ['_'] = IN_URI | IN_PATH,
    ['~'] = IN_URI | IN_PATH,
    ['!'] = IN_URI | IN_PATH,
    ['$'] = IN_URI | IN_PATH,
    ['&'] = IN_URI | IN_PATH,
    ['\''] = IN_URI | IN_PATH,
    ['('] = IN_URI | IN_PATH,
    [')'] = IN_URI | IN_PATH,
    ['*'] = IN_URI | IN_PATH,
    [','] = IN_URI | IN_PATH,
    ['='] = IN_URI | IN_PATH,
    [':'] = IN_URI | IN_PATH,
    ['@'] = IN_URI | IN_PATH,
    ['/'] = IN_URI | IN_PATH,
    [';'] = IN_URI,
    ['?'] = IN_URI,
    ['['] = IN_URI,
    [']'] = IN_URI,
    ['%'] = IN_URI,
};

static bool all_in(h2o_iovec_t s, uint8_t class)
{
    for (size_t i = 0; i < s.len; ++i)
        if ((classes[(uint8_t)s.base[i]] & class) == 0)
            return false;
    return true;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_hex_digit(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* --- resource ---------------------------------------------------------------------------------------------------- */

static bool escapes_are_whole(h2o_iovec_t s)
{
    slice_cut(&s, '%');
    while (s.base != NULL) {
        if (s.len < 2 || !is_hex_digit(s.base[0]) || !is_hex_digit(s.base[1]))
            return false;
        slice_cut(&s, '%');
    }
    return true;
}

bool uri_is_resource(h2o_iovec_t uri)
{
    if (uri.len == 0 || uri.len > LIMIT_URI_BYTES_MAX || !all_in(uri, IN_URI) || !escapes_are_whole(uri))
        return false;
    h2o_iovec_t scheme = slice_cut(&uri, ':');
    if (uri.len == 0 || scheme.len == 0 || !is_letter(scheme.base[0]) || !all_in(scheme, IN_SCHEME))
        return false;
    if (!slice_starts_with(uri, SLICE("//")))
        return true;
    h2o_iovec_t authority = slice_from(uri, 2);
    return authority.len > 0 && authority.base[0] != '/' && authority.base[0] != '?';
}

/* --- issuer ------------------------------------------------------------------------------------------------------ */

static bool is_label(h2o_iovec_t label)
{
    if (label.len == 0 || label.len > LABEL_BYTES_MAX)
        return false;
    return label.base[0] != '-' && label.base[label.len - 1] != '-';
}

static bool all_digits(h2o_iovec_t s)
{
    for (size_t i = 0; i < s.len; ++i)
        if (!is_digit(s.base[i]))
            return false;
    return true;
}

/* inet_pton wants a NUL behind the text; the callers let none into it. `family` is AF_INET or AF_INET6. */
static bool is_ip(int family, h2o_iovec_t text, struct in6_addr *out)
{
    char terminated[INET6_ADDRSTRLEN] = "";
    if (text.len >= sizeof(terminated))
        return false;
    memcpy(terminated, text.base, text.len);
    return inet_pton(family, terminated, out) == 1;
}

/* A name or a dotted IPv4 address. What ends with a number is an address or nothing: some resolvers read 127.1 as one.
 */
static bool is_host(h2o_iovec_t host, bool *loopback)
{
    struct in6_addr ip;
    h2o_iovec_t rest = host, label;
    if (host.len == 0 || host.len > HOST_BYTES_MAX || !all_in(host, IN_HOST))
        return false;
    do {
        label = slice_cut(&rest, '.');
        if (!is_label(label))
            return false;
    } while (rest.base != NULL);
    if (all_digits(label)) {
        *loopback = slice_starts_with(host, SLICE("127."));
        return is_ip(AF_INET, host, &ip);
    }
    *loopback = slice_equal(host, SLICE("localhost"));
    return true;
}

static bool is_ipv6_host(h2o_iovec_t literal, bool *loopback)
{
    struct in6_addr ip;
    for (size_t i = 0; i < literal.len; ++i)
        if (!is_hex_digit(literal.base[i]) && literal.base[i] != ':' && literal.base[i] != '.')
            return false;
    if (literal.len == 0 || !is_ip(AF_INET6, literal, &ip))
        return false;
    *loopback = IN6_IS_ADDR_LOOPBACK(&ip);
    return true;
}

/* Cuts the host off the front of *authority and leaves ":port" or nothing. */
static bool cut_host(h2o_iovec_t *authority, bool *loopback)
{
    h2o_iovec_t whole = *authority;
    if (whole.len > 0 && whole.base[0] == '[') {
        size_t end = slice_find(whole, ']');
        *authority = slice_from(whole, end == SIZE_MAX ? whole.len : end + 1);
        return end != SIZE_MAX && is_ipv6_host((h2o_iovec_t){whole.base + 1, end - 1}, loopback);
    }
    size_t end = slice_find(whole, ':');
    h2o_iovec_t host = {whole.base, end == SIZE_MAX ? whole.len : end};
    *authority = slice_from(whole, host.len);
    return is_host(host, loopback);
}

static bool is_port_suffix(h2o_iovec_t suffix)
{
    uint64_t port;
    if (suffix.len == 0)
        return true;
    return suffix.base[0] == ':' && slice_to_u64(slice_from(suffix, 1), PORT_MAX, &port) && port > 0;
}

bool uri_is_issuer(h2o_iovec_t uri)
{
    static const h2o_iovec_t https = {"https://", sizeof("https://") - 1}, http = {"http://", sizeof("http://") - 1};
    bool loopback = false, encrypted = slice_starts_with(uri, https);
    if (!encrypted && !slice_starts_with(uri, http))
        return false;
    h2o_iovec_t authority = slice_from(uri, encrypted ? https.len : http.len);
    for (size_t i = 0; i < authority.len; ++i)
        if (authority.base[i] >= 'A' && authority.base[i] <= 'Z')
            return false;
    if (!cut_host(&authority, &loopback) || !is_port_suffix(authority))
        return false;
    return encrypted || loopback;
}

/* --- path -------------------------------------------------------------------------------------------------------- */

bool uri_path_is_plain(h2o_iovec_t path)
{
    if (path.len == 0 || path.base[0] != '/' || !all_in(path, IN_PATH))
        return false;
    h2o_iovec_t rest = slice_from(path, 1);
    while (rest.base != NULL) {
        h2o_iovec_t segment = slice_cut(&rest, '/');
        bool last = rest.base == NULL;
        if (segment.len == 0 && !last)
            return false;
        if (slice_equal(segment, SLICE(".")) || slice_equal(segment, SLICE("..")))
            return false;
    }
    return true;
}
