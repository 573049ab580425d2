/* SPDX-License-Identifier: Apache-2.0 */
#include "base/redirect_uri.h"

#include <string.h>

#define PORT_MAX 65535

static const h2o_iovec_t loopbacks[] = {{(char *)"http://127.0.0.1", 16}, {(char *)"http://[::1]", 12}};

/* --- pieces ------------------------------------------------------------------------------------------------------ */

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Printable, and nothing that a browser rewrites or a server may decode: then what is compared is what is used. */
static bool has_plain_characters(h2o_iovec_t uri)
{
    for (size_t i = 0; i < uri.len; ++i)
        if (uri.base[i] <= ' ' || uri.base[i] >= 0x7f || strchr("\\\"<>^`{|}", uri.base[i]) != NULL)
            return false;
    return true;
}

static bool has_dot_segment(h2o_iovec_t path)
{
    while (path.base != NULL) {
        h2o_iovec_t segment = slice_cut(&path, '/');
        if (slice_equal(segment, SLICE(".")) || slice_equal(segment, SLICE("..")))
            return true;
    }
    return false;
}

/* Takes ":port" off the front; true when there is none, too. */
static bool cut_port(h2o_iovec_t *rest)
{
    unsigned port = 0;
    size_t digits = 0;
    if (rest->len == 0 || rest->base[0] != ':')
        return true;
    *rest = slice_from(*rest, 1);
    for (; digits < rest->len && is_digit(rest->base[digits]) && port <= PORT_MAX; ++digits)
        port = port * 10 + (unsigned)(rest->base[digits] - '0');
    *rest = slice_from(*rest, digits);
    return digits > 0 && port >= 1 && port <= PORT_MAX;
}

/* What stands behind a loopback address and its port; false: it is none. */
static bool loopback_rest(h2o_iovec_t uri, h2o_iovec_t *address_out, h2o_iovec_t *rest_out)
{
    for (size_t i = 0; i < sizeof(loopbacks) / sizeof(loopbacks[0]); ++i) {
        if (!slice_starts_with(uri, loopbacks[i]))
            continue;
        *address_out = loopbacks[i];
        *rest_out = slice_from(uri, loopbacks[i].len);
        if (!cut_port(rest_out))
            return false;
        return rest_out->len == 0 || rest_out->base[0] == '/' || rest_out->base[0] == '?';
    }
    return false;
}

/* --- registering ------------------------------------------------------------------------------------------------- */

static const char *fault_of_host(h2o_iovec_t host)
{
    size_t end = 0;
    while (end < host.len &&
           (is_letter(host.base[end]) || is_digit(host.base[end]) || host.base[end] == '.' || host.base[end] == '-'))
        ++end;
    for (size_t i = 0; i < end; ++i)
        if (host.base[i] >= 'A' && host.base[i] <= 'Z')
            return "its host has to be written in lower case";
    h2o_iovec_t rest = slice_from(host, end);
    return end == 0 || !cut_port(&rest) || rest.len > 0 ? "its host is not well formed, or has user info" : NULL;
}

static const char *fault_of_query(h2o_iovec_t query)
{
    static const h2o_iovec_t ours[] = {{(char *)"code", 4},  {(char *)"state", 5},
                                       {(char *)"iss", 3},   {(char *)"response", 8},
                                       {(char *)"error", 5}, {(char *)"error_description", 17}};
    while (query.base != NULL) {
        h2o_iovec_t pair = slice_cut(&query, '&'), name = slice_cut(&pair, '=');
        if (slice_find(name, '%') != SIZE_MAX || slice_find(name, '+') != SIZE_MAX)
            return "a name in its query is encoded";
        for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); ++i)
            if (slice_equal(name, ours[i]))
                return "its query has a name in which the answer comes";
    }
    return NULL;
}

/* A path and a query. */
static const char *fault_behind_host(h2o_iovec_t rest)
{
    h2o_iovec_t query = rest, path = slice_cut(&query, '?');
    if (slice_find(path, '%') != SIZE_MAX || slice_find(path, ';') != SIZE_MAX)
        return "its path has an escape or a parameter";
    if (has_dot_segment(path))
        return "its path has a segment . or ..";
    return fault_of_query(query);
}

static const char *fault_of_own_scheme(h2o_iovec_t scheme, h2o_iovec_t rest)
{
    if (scheme.len == 0 || !is_letter(scheme.base[0]) || slice_find(scheme, '.') == SIZE_MAX)
        return "its scheme is neither https nor an application's own, which has a dot in it";
    for (size_t i = 0; i < scheme.len; ++i)
        if (!((scheme.base[i] >= 'a' && scheme.base[i] <= 'z') || is_digit(scheme.base[i]) || scheme.base[i] == '.' ||
              scheme.base[i] == '-'))
            return "its scheme is not well formed";
    return rest.len == 0 || rest.base[0] != '/' ? "it has no path" : fault_behind_host(rest);
}

const char *redirect_uri_fault(h2o_iovec_t uri)
{
    h2o_iovec_t address, rest = uri, scheme = slice_cut(&rest, ':');
    if (uri.len == 0 || uri.len > REDIRECT_URI_BYTES_MAX || !has_plain_characters(uri))
        return "it is empty, too long, or has characters that do not belong there";
    if (slice_find(uri, '#') != SIZE_MAX)
        return "it has a fragment";
    if (rest.base == NULL)
        return "it is not absolute";
    if (slice_equal(scheme, SLICE("http")))
        return loopback_rest(uri, &address, &rest) ? fault_behind_host(rest)
                                                   : "http is for the loopback addresses 127.0.0.1 and [::1] alone";
    if (!slice_equal(scheme, SLICE("https")))
        return fault_of_own_scheme(scheme, rest);
    if (!slice_starts_with(rest, SLICE("//")))
        return "it has no host";
    rest = slice_from(rest, 2);
    size_t end = 0;
    while (end < rest.len && rest.base[end] != '/' && rest.base[end] != '?')
        ++end;
    const char *fault = fault_of_host((h2o_iovec_t){rest.base, end});
    return fault != NULL ? fault : fault_behind_host(slice_from(rest, end));
}

/* --- matching ---------------------------------------------------------------------------------------------------- */

bool redirect_uri_matches(h2o_iovec_t registered, h2o_iovec_t asked)
{
    h2o_iovec_t address, other_address, rest, other_rest;
    if (slice_equal(registered, asked))
        return true;
    return loopback_rest(registered, &address, &rest) && loopback_rest(asked, &other_address, &other_rest) &&
           slice_equal(address, other_address) && slice_equal(rest, other_rest);
}

/* --- sending there ------------------------------------------------------------------------------------------------ */

static bool is_unreserved(char c)
{
    return is_letter(c) || is_digit(c) || (c != '\0' && strchr("-._~", c) != NULL);
}

/* Every byte, whatever it is, comes back as it was. */
static void add_encoded(struct text *out, h2o_iovec_t value)
{
    for (size_t i = 0; i < value.len; ++i)
        if (is_unreserved(value.base[i]))
            text_add_char(out, value.base[i]);
        else
            text_add_format(out, "%%%02X", (unsigned)(uint8_t)value.base[i]);
}

void redirect_uri_add(struct text *url, h2o_iovec_t name, h2o_iovec_t value)
{
    text_add_char(url, slice_find(text_slice(url), '?') == SIZE_MAX ? '?' : '&');
    add_encoded(url, name);
    text_add_char(url, '=');
    add_encoded(url, value);
}

/* An own scheme has no origin. What a source must not have in it (CSP Level 3 section 2.3.1) no registered URI has up
 * to the end of its host. */
h2o_iovec_t redirect_uri_form_target(h2o_mem_pool_t *pool, h2o_iovec_t registered)
{
    size_t colon = slice_find(registered, ':'), end = colon + sizeof("://") - 1;
    h2o_iovec_t scheme = {registered.base, colon};
    if (!slice_equal(scheme, SLICE("https")) && !slice_equal(scheme, SLICE("http")))
        return slice_copy(pool, (h2o_iovec_t){registered.base, colon + 1});
    while (end < registered.len && strchr("/?", registered.base[end]) == NULL)
        ++end;
    return slice_copy(pool, (h2o_iovec_t){registered.base, end});
}
