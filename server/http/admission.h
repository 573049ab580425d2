/* SPDX-License-Identifier: Apache-2.0 */
/* Admission of a known client: whether the limits of its key and its application have room for one more request. It is
 * decided before anything else of the request is looked at. */
#ifndef HALLMARK_HTTP_ADMISSION_H
#define HALLMARK_HTTP_ADMISSION_H

#include "http/reply.h"

/* Whether the client may be used from the call's address. False: *out is the refusal, ERR_ADDRESS_NOT_ALLOWED, and says
 * which address was seen, so that a wrong proxy setting is found. */
bool admission_from_here(struct call *call, const struct client *client, struct refusal *out);

/* For a client that has a limit: see below. */
bool admission_count(struct call *call, const struct client *client, int64_t now_us, struct refusal *out);

/* Counts this request, once a call. Adds RateLimit-Policy and RateLimit (draft-ietf-httpapi-ratelimit-headers) to the
 * answer to come, whichever that is. False: *out is the refusal, with the time to wait. Without a limit it is one
 * branch and adds nothing. */
static inline bool admission_pass(struct call *call, const struct client *client, int64_t now_us, struct refusal *out)
{
    return !client->counted || admission_count(call, client, now_us, out);
}

#endif
