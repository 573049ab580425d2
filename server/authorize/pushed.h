/* SPDX-License-Identifier: Apache-2.0 */
/* Pushed authorization requests (RFC 9126): the client sends its parameters itself, proves who it is as at the token
 * endpoint, and gets a request_uri that leads the browser to them. The same checks are made as at the authorization
 * endpoint, so that a mistake is told to the developer and not to the person. */
#ifndef HALLMARK_AUTHORIZE_PUSHED_H
#define HALLMARK_AUTHORIZE_PUSHED_H

#include "http/call.h"

#define PUSHED_PATH        "/oauth2/par"
#define REQUEST_URI_PREFIX "urn:ietf:params:oauth:request_uri:"

void pushed_start(struct call *call);

#endif
