/* SPDX-License-Identifier: Apache-2.0 */
/* POST /oauth2/introspect (RFC 7662): is this token good at this moment, and what may it do? Whoever asks authenticates
 * with a secret, and is told of
 *
 *   - tokens whose audience is the api that the client stands for (hallmark client create --introspects); a client of
 *     an account's own application: those of that account alone,
 *   - tokens that were issued to itself, access and refresh tokens.
 *
 * Everything else, and everything that is not good now, is {"active":false} and nothing more, with 200: nobody learns
 * whether a token is unknown, over, revoked or somebody else's; our log does. Good is what opens something in its
 * account: the judgement is the gateway's own (client/principal.h, client/right.h), but for the address that the token
 * is going to be used from, and the limits of its client, which only the place of use can see. A key whose holder is no
 * active member opens nothing.
 *
 * What is told is in introspect_answer.h. Looking at a refresh token neither uses nor spends it. What could not be
 * looked up is 503, never "inactive". */
#ifndef HALLMARK_ENDPOINT_INTROSPECT_H
#define HALLMARK_ENDPOINT_INTROSPECT_H

#include "http/call.h"

#define INTROSPECT_PATH "/oauth2/introspect"

void introspect_start(struct call *call);

#endif
