/* SPDX-License-Identifier: Apache-2.0 */
/* Where a webhook may go. A URL is checked when it is given, and the address once more when a connection is made to it:
 * only then is it known what a name means. */
#ifndef HALLMARK_WEBHOOK_TARGET_H
#define HALLMARK_WEBHOOK_TARGET_H

#include "base/address.h"

struct target_rules {
    bool allow_private; /* loopback, private and other addresses that are not of the public internet */
    bool allow_http;
};

/* False for loopback, private, link-local, unique-local, multicast, shared (RFC 6598), documentation, benchmark and
 * reserved addresses, for those that carry an IPv4 address inside (mapped, compatible, NAT64, 6to4, Teredo), and for
 * what is no address at all: the special-purpose registries of IANA (RFC 6890), and of IPv6 only 2000::/3. */
bool target_address_is_public(const struct address *address);

/* NULL when a webhook may have this URL, else a sentence (a literal). Name resolution is not tried. */
const char *target_url_fault(h2o_iovec_t url, const struct target_rules *rules);

#endif
