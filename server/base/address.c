/* SPDX-License-Identifier: Apache-2.0 */
#include "base/address.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>

#define IPV4_BYTES  4
#define IPV6_BYTES  16
#define IPV6_GROUPS 8
#define BYTE_BITS   8
#define MAPPED_BITS 96 /* ::ffff:0:0/96 holds the IPv4 addresses */
#define PORT_MAX    65535

static const uint8_t mapped_prefix[MAPPED_BITS / BYTE_BITS] = {[10] = 0xff, [11] = 0xff};

static size_t byte_count(const struct address *address)
{
    return address->family == 4 ? IPV4_BYTES : address->family == 6 ? IPV6_BYTES : 0;
}

static struct address from_ipv4(const void *bytes)
{
    struct address address = {.family = 4};
    memcpy(address.bytes, bytes, IPV4_BYTES);
    return address;
}

static struct address from_ipv6(const void *bytes)
{
    if (memcmp(bytes, mapped_prefix, sizeof(mapped_prefix)) == 0)
        return from_ipv4((const uint8_t *)bytes + sizeof(mapped_prefix));
    struct address address = {.family = 6};
    memcpy(address.bytes, bytes, IPV6_BYTES);
    return address;
}

/* inet_pton is strict enough: four decimal numbers without leading zeros, no zone, nothing around it. */
bool address_parse(h2o_iovec_t text, struct address *out)
{
    char copy[LIMIT_ADDRESS_BYTES_MAX];
    uint8_t bytes[IPV6_BYTES];
    if (text.len == 0 || text.len >= sizeof(copy) || memchr(text.base, '\0', text.len) != NULL)
        return false;
    memcpy(copy, text.base, text.len);
    copy[text.len] = '\0';

    if (inet_pton(AF_INET, copy, bytes) == 1)
        *out = from_ipv4(bytes);
    else if (inet_pton(AF_INET6, copy, bytes) == 1)
        *out = from_ipv6(bytes);
    else
        return false;
    return true;
}

bool address_from_sockaddr(const struct sockaddr *sa, struct address *out)
{
    switch (sa->sa_family) {
    case AF_INET:
        *out = from_ipv4(&((const struct sockaddr_in *)(const void *)sa)->sin_addr);
        return true;
    case AF_INET6:
        *out = from_ipv6(&((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr);
        return true;
    case AF_UNIX:
        *out = (struct address){.family = 0};
        return true;
    default:
        return false;
    }
}

static unsigned group_at(const struct address *address, size_t group)
{
    return (unsigned)address->bytes[2 * group] << BYTE_BITS | address->bytes[2 * group + 1];
}

/* The run of zero groups that "::" stands for: the first of the longest, and at least two (RFC 5952 section 4.2). */
static void longest_zeros(const struct address *address, size_t *start_out, size_t *length_out)
{
    *start_out = IPV6_GROUPS;
    *length_out = 0;
    size_t length = 0;
    for (size_t group = 0; group < IPV6_GROUPS; ++group) {
        length = group_at(address, group) == 0 ? length + 1 : 0;
        if (length >= 2 && length > *length_out) {
            *start_out = group + 1 - length;
            *length_out = length;
        }
    }
}

static size_t ipv6_text(const struct address *address, char out[static LIMIT_ADDRESS_BYTES_MAX])
{
    size_t zeros, zeros_length, len = 0;
    longest_zeros(address, &zeros, &zeros_length);
    for (size_t group = 0; group < IPV6_GROUPS;) {
        if (group == zeros) {
            len += (size_t)snprintf(out + len, LIMIT_ADDRESS_BYTES_MAX - len, "::");
            group += zeros_length;
            continue;
        }
        const char *colon = group == 0 || group == zeros + zeros_length ? "" : ":";
        len += (size_t)snprintf(out + len, LIMIT_ADDRESS_BYTES_MAX - len, "%s%x", colon, group_at(address, group));
        ++group;
    }
    return len;
}

/* By hand, since the line of every request in the log has one: printf takes ten times as long. */
static size_t ipv4_text(const uint8_t *bytes, char *out)
{
    char *at = out;
    for (size_t i = 0; i < IPV4_BYTES; ++i) {
        if (i > 0)
            *at++ = '.';
        if (bytes[i] >= 100)
            *at++ = (char)('0' + bytes[i] / 100);
        if (bytes[i] >= 10)
            *at++ = (char)('0' + bytes[i] / 10 % 10);
        *at++ = (char)('0' + bytes[i] % 10);
    }
    *at = '\0';
    return (size_t)(at - out);
}

size_t address_text(const struct address *address, char out[static LIMIT_ADDRESS_BYTES_MAX])
{
    if (address->family == 4)
        return ipv4_text(address->bytes, out);
    if (address->family == 6)
        return ipv6_text(address, out);
    assert(address->family == 0);
    return (size_t)snprintf(out, LIMIT_ADDRESS_BYTES_MAX, "-");
}

bool address_equal(const struct address *a, const struct address *b)
{
    return a->family == b->family && memcmp(a->bytes, b->bytes, byte_count(a)) == 0;
}

bool address_is_loopback(const struct address *address)
{
    static const uint8_t ipv6_loopback[IPV6_BYTES] = {[15] = 1};
    if (address->family == 4)
        return address->bytes[0] == 127;
    return address->family == 6 && memcmp(address->bytes, ipv6_loopback, sizeof(ipv6_loopback)) == 0;
}

/* The bits of byte number `index` that belong to a prefix of `bits`. */
static uint8_t prefix_mask(size_t index, size_t bits)
{
    size_t before = index * BYTE_BITS;
    if (bits <= before)
        return 0;
    size_t outside = bits - before < BYTE_BITS ? BYTE_BITS - (bits - before) : 0;
    return (uint8_t)(0xffu << outside);
}

static bool host_bits_are_zero(const struct cidr *block)
{
    for (size_t i = 0; i < byte_count(&block->base); ++i)
        if ((block->base.bytes[i] & ~prefix_mask(i, block->bits)) != 0)
            return false;
    return true;
}

/* A prefix that was written behind an IPv4-mapped address counts 96 bits that are gone here. */
static bool prefix_parse(h2o_iovec_t digits, bool was_mapped, size_t bits_max, uint64_t *bits_out)
{
    uint64_t bits;
    if (!slice_to_u64(digits, was_mapped ? bits_max + MAPPED_BITS : bits_max, &bits))
        return false;
    if (was_mapped && bits < MAPPED_BITS)
        return false;
    *bits_out = was_mapped ? bits - MAPPED_BITS : bits;
    return true;
}

bool cidr_parse(h2o_iovec_t text, struct cidr *out)
{
    h2o_iovec_t rest = text;
    h2o_iovec_t base = slice_cut(&rest, '/');
    struct cidr block;
    if (!address_parse(base, &block.base))
        return false;

    uint64_t bits = byte_count(&block.base) * BYTE_BITS;
    bool was_mapped = block.base.family == 4 && slice_find(base, ':') != SIZE_MAX;
    if (rest.base != NULL && !prefix_parse(rest, was_mapped, bits, &bits))
        return false;
    block.bits = (uint8_t)bits;
    if (!host_bits_are_zero(&block))
        return false;
    *out = block;
    return true;
}

bool cidr_contains(const struct cidr *block, const struct address *address)
{
    if (block->base.family != address->family)
        return false;
    for (size_t i = 0; i < byte_count(address); ++i)
        if (((block->base.bytes[i] ^ address->bytes[i]) & prefix_mask(i, block->bits)) != 0)
            return false;
    return address->family != 0;
}

bool cidr_list_parse(h2o_iovec_t text, struct cidr_list *out)
{
    struct cidr_list list = {NULL, 0};
    h2o_iovec_t rest = text.len == 0 ? SLICE_NONE : slice_trim(text);
    if (rest.len == 0)
        rest = SLICE_NONE;
    while (rest.base != NULL) {
        struct cidr block;
        if (!cidr_parse(slice_trim(slice_cut(&rest, ',')), &block)) {
            cidr_list_free(&list);
            return false;
        }
        list.blocks = h2o_mem_realloc(list.blocks, (list.count + 1) * sizeof(*list.blocks));
        list.blocks[list.count++] = block;
    }
    *out = list;
    return true;
}

void cidr_list_free(struct cidr_list *list)
{
    free(list->blocks);
    *list = (struct cidr_list){NULL, 0};
}

bool cidr_list_contains(const struct cidr_list *list, const struct address *address)
{
    for (size_t i = 0; i < list->count; ++i)
        if (cidr_contains(&list->blocks[i], address))
            return true;
    return false;
}

/* ":443" or nothing. */
static bool is_port_or_empty(h2o_iovec_t text)
{
    uint64_t port;
    return text.len == 0 || (text.base[0] == ':' && slice_to_u64(slice_from(text, 1), PORT_MAX, &port));
}

/* One hop as proxies write it: "1.2.3.4", "1.2.3.4:80", "::1", "[::1]", "[::1]:80". */
static bool hop_parse(h2o_iovec_t hop, struct address *out)
{
    if (address_parse(hop, out))
        return true;
    h2o_iovec_t host = hop, port;
    if (hop.len > 0 && hop.base[0] == '[') {
        port = slice_from(hop, 1);
        host = slice_cut(&port, ']');
        if (slice_find(host, ':') == SIZE_MAX || port.base == NULL)
            return false;
    } else {
        size_t colon = slice_find(hop, ':');
        if (colon == SIZE_MAX)
            return false;
        host.len = colon;
        port = slice_from(hop, colon);
    }
    return is_port_or_empty(port) && address_parse(host, out);
}

/* Takes the last hop off the list; the list becomes SLICE_NONE with its first one. */
static h2o_iovec_t cut_last(h2o_iovec_t *hops)
{
    const char *comma = memrchr(hops->base, ',', hops->len);
    h2o_iovec_t last = *hops;
    if (comma == NULL) {
        *hops = SLICE_NONE;
        return last;
    }
    hops->len = (size_t)(comma - hops->base);
    return slice_from(last, hops->len + 1);
}

struct address address_of_client(const struct address *peer, h2o_iovec_t forwarded, const struct cidr_list *trusted)
{
    struct address client = *peer;
    for (size_t hops = 0; hops < LIMIT_FORWARDED_HOPS_MAX; ++hops) {
        struct address before;
        if (forwarded.base == NULL || !cidr_list_contains(trusted, &client))
            break;
        if (!hop_parse(slice_trim(cut_last(&forwarded)), &before))
            break;
        client = before;
    }
    return client;
}
