/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a client's credentials from a request (RFC 6749 section 2.3.1): a table of methods, exactly one of which may
 * be used. */
#ifndef HALLMARK_CLIENT_CLIENT_AUTH_H
#define HALLMARK_CLIENT_CLIENT_AUTH_H

#include "base/err.h"
#include "base/form.h"

enum client_auth_method { CLIENT_AUTH_BASIC, CLIENT_AUTH_POST, CLIENT_AUTH_NONE };

struct client_credentials {
    enum client_auth_method method;
    h2o_iovec_t client_id, secret; /* in the pool; the caller wipes the secret */
    bool tried_header;             /* then a refusal carries WWW-Authenticate (RFC 6749 section 5.2) */
};

/* `authorization` is the header's value (SLICE_NONE: no header). ERR_INVALID_REQUEST for two methods at once,
 * ERR_INVALID_CLIENT for what is malformed. out->tried_header is set in every case. Form-decodes user and password of
 * Basic. */
__attribute__((warn_unused_result)) enum err client_auth_read(h2o_mem_pool_t *pool, h2o_iovec_t authorization,
                                                              const struct form *form, struct client_credentials *out);

/* A secret has no place in a URL, where logs and histories keep it (RFC 6749 section 2.3.1), nor has a token that is
 * refreshed, revoked or asked about (RFC 7662 section 4): such a request is ERR_INVALID_REQUEST. `query` may be
 * SLICE_NONE. */
bool client_auth_in_query(h2o_mem_pool_t *pool, h2o_iovec_t query);

#endif
