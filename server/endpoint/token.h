/* SPDX-License-Identifier: Apache-2.0 */
/* The token endpoint: a client proves who it is and gets an access token (RFC 6749 section 3.2). */
#ifndef HALLMARK_ENDPOINT_TOKEN_H
#define HALLMARK_ENDPOINT_TOKEN_H

#include "http/route.h"

void token_start(struct call *call);

/* For POSTs to an api's own token path, which only the policy knows; otherwise like the row of /oauth2/token. */
extern const struct route token_route;

#endif
