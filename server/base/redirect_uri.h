/* SPDX-License-Identifier: Apache-2.0 */
/* Where a browser may be sent back to: what can be registered, and what then counts as the same. */
#ifndef HALLMARK_BASE_REDIRECT_URI_H
#define HALLMARK_BASE_REDIRECT_URI_H

#include "base/text.h"

#define REDIRECT_URI_BYTES_MAX 2000

/* NULL when it can be registered, or one sentence (a literal) that says why not. Good are: https with a host; http with
 * the loopback address 127.0.0.1 or [::1] (RFC 8252 section 7.3; its port counts for nothing); a scheme of an
 * application's own, which has a dot in it (section 7.1). Never: a fragment, user info, a path that is not its own
 * normal form, or a query that has one of the names in which the answer comes. */
const char *redirect_uri_fault(h2o_iovec_t uri);

/* Byte for byte (RFC 9700 section 2.1), but for the port of a loopback address. `registered` has no fault. */
bool redirect_uri_matches(h2o_iovec_t registered, h2o_iovec_t asked);

/* Adds one parameter to a URL, behind '?' or '&'; percent-encoded but for unreserved characters. */
void redirect_uri_add(struct text *url, h2o_iovec_t name, h2o_iovec_t value);

/* The source that a page has to name as a target of forms when their answer may lead to this URI: its origin, or its
 * scheme with a colon where it is an application's own. `registered` has no fault. */
h2o_iovec_t redirect_uri_form_target(h2o_mem_pool_t *pool, h2o_iovec_t registered);

#endif
