/* SPDX-License-Identifier: Apache-2.0 */
/* The access token that a request brings in its header (RFC 6750 section 2.1). */
#ifndef HALLMARK_HTTP_BEARER_TOKEN_H
#define HALLMARK_HTTP_BEARER_TOKEN_H

#include "http/call.h"

/* ERR_TWO_CREDENTIALS: there are two headers. ERR_TOKEN_MISSING: there is none, or one of another scheme.
 * ERR_INVALID_TOKEN: the scheme with nothing behind it. The token is borrowed from the header. */
__attribute__((warn_unused_result)) enum err bearer_token_read(const struct call *call, h2o_iovec_t *token_out);

#endif
