/* SPDX-License-Identifier: Apache-2.0 */
/* Client authentication of a form that was sent to an OAuth endpoint (RFC 6749 section 2.3): what was sent, the
 * slow-down of those who guess, the client, its secret, its limits. Once for all endpoints that want it; what they do
 * with the client is theirs. */
#ifndef HALLMARK_ENDPOINT_AUTHENTICATION_H
#define HALLMARK_ENDPOINT_AUTHENTICATION_H

#include "base/form.h"
#include "client/client_auth.h"
#include "client/client_book.h"
#include "http/reply.h"

struct authentication;
/* Who calls is this client. Borrowed for this turn of the loop. */
typedef void authentication_cb(struct authentication *authentication, const struct client *client);

struct authentication { /* in the request's pool, the first member of the endpoint's own struct */
    struct call *call;
    authentication_cb *known;
    /* The client's secret is right, but it may do nothing now: it is disabled, has ended, or something that it hangs on
     * has. NULL: it is refused as one that is not known. It counts as a failure in either case. */
    authentication_cb *unusable;
    bool always_challenge; /* see authentication_refuse */
    struct client_credentials credentials;
    struct client_fetch *fetch; /* under way; NULL: none */
    struct form form;           /* of the body; set before anything is called */
    int64_t secret_number;      /* of the one that is right; 0: none */
    bool use_told;              /* that it was used: once a request, however often it is asked anew */
};

/* Takes the call through all of it, and ends in `known`, `unusable` or an answer. The caller has set call and callbacks
 * and calls authentication_end from the call's hook. */
void authentication_start(struct authentication *authentication);

/* After a wait of the endpoint's own: client and policy may have changed, so both are asked anew, and the secret with
 * them. Limits count a call once. */
void authentication_again(struct authentication *authentication);

/* The request is over: cancels what is under way and wipes what was decoded. */
void authentication_end(struct authentication *authentication);

/* A refusal as RFC 6749 section 5.2 wants it: after an Authorization header invalid_client is 401 with a challenge of
 * its scheme; without one it is 400, since a 401 without a challenge is none, and a challenge that nobody tried makes
 * openid-client hide the body's error code. With always_challenge it is 401 in any case, where a specification insists
 * on that (RFC 7662 section 2.3). */
void authentication_refuse(struct authentication *authentication, struct refusal refusal);

/* Why there is no client to judge: the end of a call whose read (of the client, or of the caller's own) failed. False:
 * it did not, and the policy is there. */
bool authentication_failed_read(struct authentication *authentication, enum db_outcome outcome);

#endif
