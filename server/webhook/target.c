/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/target.h"

#include <assert.h>
#include <curl/curl.h>
#include <stdlib.h>

#define URL_BYTES_MAX    2000
#define PORT_HTTP        80
#define PORT_HTTPS       443
#define PORT_OF_USER_MIN 1024 /* below it only the two above: mail, SSH and the like must not be reached through us */

static const char *const refused_blocks[] = {
    "0.0.0.0/8",                                        /* this network; 0.0.0.0 connects to loopback */
    "10.0.0.0/8",                                       /* private */
    "100.64.0.0/10",                                    /* shared, RFC 6598 */
    "127.0.0.0/8",                                      /* loopback */
    "169.254.0.0/16",                                   /* link-local: the metadata services of clouds are there */
    "172.16.0.0/12",                                    /* private */
    "192.0.0.0/24",                                     /* protocol assignments */
    "192.0.2.0/24",                                     /* documentation */
    "192.88.99.0/24",                                   /* 6to4 relays */
    "192.168.0.0/16",                                   /* private */
    "198.18.0.0/15",                                    /* benchmarks */
    "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", /* multicast */
    "240.0.0.0/4",                                      /* reserved, and broadcast */
    "2001::/23",                                        /* protocol assignments, Teredo among them */
    "2001:db8::/32",   "2002::/16",                     /* 6to4: an IPv4 address inside */
    "3fff::/20",                                        /* documentation */
};

static bool in_block(const char *text, const struct address *address)
{
    struct cidr block;
    bool good = cidr_parse(slice_of(text), &block);
    assert(good);
    return cidr_contains(&block, address);
}

bool target_address_is_public(const struct address *address)
{
    if (address->family == 0 || (address->family == 6 && !in_block("2000::/3", address)))
        return false;
    for (size_t i = 0; i < sizeof(refused_blocks) / sizeof(refused_blocks[0]); ++i) {
        if (in_block(refused_blocks[i], address))
            return false;
    }
    return true;
}

/* --- URLs -------------------------------------------------------------------------------------------------------- */

static bool has_part(CURLU *parsed, CURLUPart part)
{
    char *text = NULL;
    bool is_there = curl_url_get(parsed, part, &text, 0) == CURLUE_OK;
    curl_free(text);
    return is_there;
}

/* The text of a part, copied; "" when it is not there. */
static void part_text(CURLU *parsed, CURLUPart part, char *out, size_t size)
{
    char *text = NULL;
    out[0] = '\0';
    if (curl_url_get(parsed, part, &text, part == CURLUPART_PORT ? CURLU_DEFAULT_PORT : 0) == CURLUE_OK &&
        strlen(text) < size)
        memcpy(out, text, strlen(text) + 1);
    curl_free(text);
}

static const char *scheme_fault(CURLU *parsed, const struct target_rules *rules)
{
    char scheme[8];
    part_text(parsed, CURLUPART_SCHEME, scheme, sizeof(scheme));
    if (strcmp(scheme, "https") == 0 || (strcmp(scheme, "http") == 0 && rules->allow_http))
        return NULL;
    return "it has to begin with https://";
}

static const char *port_fault(CURLU *parsed)
{
    char text[8];
    uint64_t port;
    part_text(parsed, CURLUPART_PORT, text, sizeof(text));
    if (!slice_to_u64(slice_of(text), UINT16_MAX, &port))
        return "its port is no number";
    if (port != PORT_HTTP && port != PORT_HTTPS && port < PORT_OF_USER_MIN)
        return "its port is one of other services; 443, 80, or from 1024 on";
    return NULL;
}

/* curl has read 127.1, 0x7f000001 and 2130706433 as the addresses that they are. */
static const char *host_fault(CURLU *parsed, const struct target_rules *rules)
{
    char host[256];
    struct address address;
    part_text(parsed, CURLUPART_HOST, host, sizeof(host));
    h2o_iovec_t text = slice_of(host);
    if (text.len == 0)
        return "it has no host";
    if (text.len > 2 && text.base[0] == '[')
        text = (h2o_iovec_t){text.base + 1, text.len - 2};
    if (!rules->allow_private && address_parse(text, &address) && !target_address_is_public(&address))
        return "its host is a private or special address";
    return NULL;
}

static const char *parsed_fault(CURLU *parsed, const struct target_rules *rules)
{
    if (has_part(parsed, CURLUPART_USER) || has_part(parsed, CURLUPART_PASSWORD))
        return "it must not hold a name or password; signatures prove who sends";
    if (has_part(parsed, CURLUPART_FRAGMENT))
        return "it must not have a fragment";
    if (has_part(parsed, CURLUPART_ZONEID))
        return "its address must not have a zone";
    const char *fault = scheme_fault(parsed, rules);
    if (fault == NULL)
        fault = port_fault(parsed);
    return fault == NULL ? host_fault(parsed, rules) : fault;
}

static bool is_printable(h2o_iovec_t url)
{
    for (size_t i = 0; i < url.len; ++i) {
        if (url.base[i] <= ' ' || url.base[i] > '~')
            return false;
    }
    return true;
}

const char *target_url_fault(h2o_iovec_t url, const struct target_rules *rules)
{
    char text[URL_BYTES_MAX + 1];
    if (url.len == 0 || url.len > URL_BYTES_MAX)
        return "it is empty or longer than 2000 characters";
    if (!is_printable(url))
        return "it has characters that a URL cannot have; write them with %";
    if (memmem(url.base, url.len, ":///", 4) != NULL) /* curl would take the path's first segment for the host */
        return "it has no host";
    memcpy(text, url.base, url.len);
    text[url.len] = '\0';
    CURLU *parsed = curl_url();
    if (parsed == NULL)
        abort();
    const char *fault =
        curl_url_set(parsed, CURLUPART_URL, text, 0) == CURLUE_OK ? parsed_fault(parsed, rules) : "it is no URL";
    curl_url_cleanup(parsed);
    return fault;
}
