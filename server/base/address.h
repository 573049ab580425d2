/* SPDX-License-Identifier: Apache-2.0 */
/* IP addresses and CIDR blocks; IPv4-mapped IPv6 addresses are IPv4 addresses here. */
#ifndef HALLMARK_BASE_ADDRESS_H
#define HALLMARK_BASE_ADDRESS_H

#include "base/limits.h"
#include "base/slice.h"
#include <sys/socket.h>

struct address {
    uint8_t bytes[16]; /* network order; IPv4 in the first four */
    uint8_t family;    /* 4, 6, or 0: none */
};

struct cidr {
    struct address base;
    uint8_t bits;
};

struct cidr_list {
    struct cidr *blocks; /* malloc; owned */
    size_t count;
};

__attribute__((warn_unused_result)) bool address_parse(h2o_iovec_t text, struct address *out);
/* A Unix socket has no address (family 0); false for families other than that, IPv4 and IPv6. */
__attribute__((warn_unused_result)) bool address_from_sockaddr(const struct sockaddr *sa, struct address *out);
/* NUL-terminated; returns the length. Canonical (RFC 5952). A socket without address (family 0) is "-". */
size_t address_text(const struct address *address, char out[static LIMIT_ADDRESS_BYTES_MAX]);
bool address_equal(const struct address *a, const struct address *b);
bool address_is_loopback(const struct address *address);

/* "10.0.0.0/8", "::1", ... Bits behind the prefix must be zero. */
__attribute__((warn_unused_result)) bool cidr_parse(h2o_iovec_t text, struct cidr *out);
bool cidr_contains(const struct cidr *block, const struct address *address);
/* Comma-separated; an empty text is an empty list. */
__attribute__((warn_unused_result)) bool cidr_list_parse(h2o_iovec_t text, struct cidr_list *out);
void cidr_list_free(struct cidr_list *list);
bool cidr_list_contains(const struct cidr_list *list, const struct address *address);

/* The client's address: the rightmost hop that no trusted block covers. `peer` is the socket's; `forwarded` the value
 * of X-Forwarded-For (several header lines joined with ','; may be SLICE_NONE). Read only when the peer itself is
 * trusted; a hop that is no address ends the walk at the hop before it. */
struct address address_of_client(const struct address *peer, h2o_iovec_t forwarded, const struct cidr_list *trusted);

#endif
