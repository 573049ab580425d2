/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses of mail as we send to them: local@domain without quotes, comments or anything else that could mean more
 * than an address in a header or to a relay (RFC 5321 section 4.1.2 allows more, which nobody has). UTF-8 is fine (RFC
 * 6531). */
#ifndef HALLMARK_MAIL_MAILBOX_H
#define HALLMARK_MAIL_MAILBOX_H

#include "base/slice.h"

bool mailbox_is_address(h2o_iovec_t text);

struct mailbox { /* borrowed; name may be empty */
    h2o_iovec_t name, address;
};

/* "no-reply@example.com", or "Example <no-reply@example.com>". */
__attribute__((warn_unused_result)) bool mailbox_parse(h2o_iovec_t text, struct mailbox *out);

/* What stands behind the @. */
h2o_iovec_t mailbox_domain(h2o_iovec_t address);

#endif
