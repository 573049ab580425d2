/* SPDX-License-Identifier: Apache-2.0 */
/* GET and POST /oauth2/userinfo (OpenID Connect Core section 5.3): what a person lets an application know of them.
 *
 * It takes any access token of ours, for whichever api, that speaks for a person and has openid among its scopes: what
 * is told hangs on the scopes alone, and the token's audience decides only what it opens beside this. One that has
 * nothing but OpenID's scopes is for the usual api, too, and opens nothing there. Tokens come in the Authorization
 * header or, by POST, as access_token in a form (RFC 6750 sections 2.1 and 2.2), never in the address.
 *
 * The judgement is the gateway's own (client/principal.h, client/right.h), with its limits and addresses; and the
 * family that the token hangs on has to live. sub is that of the ID token. The answer is JSON, or, when the application
 * wants that, the same as a signed JWT with iss and aud. */
#ifndef HALLMARK_ENDPOINT_USERINFO_H
#define HALLMARK_ENDPOINT_USERINFO_H

#include "http/call.h"

#define USERINFO_PATH "/oauth2/userinfo"

void userinfo_start(struct call *call);

#endif
