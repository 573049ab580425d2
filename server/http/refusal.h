/* SPDX-License-Identifier: Apache-2.0 */
/* What a refusal says: its body and its headers, in the form of the route. */
#ifndef HALLMARK_HTTP_REFUSAL_H
#define HALLMARK_HTTP_REFUSAL_H

#include "http/reply.h"

/* That of the table, but for invalid_client where nobody tried the Authorization header: 400 (see struct refusal). */
int refusal_status(const struct call *call, const struct refusal *refusal);

h2o_iovec_t refusal_media_type(const struct call *call);

/* RFC 6749 section 5.2, or a problem document; in the pool. */
h2o_iovec_t refusal_body(struct call *call, const struct refusal *refusal);

/* WWW-Authenticate, Retry-After and Allow, where the status needs them. */
void refusal_headers(struct call *call, const struct refusal *refusal);

/* True for what is no acceptable request at all: nothing that follows on its connection can be trusted to be a request.
 */
bool refusal_closes(enum err err);

#endif
