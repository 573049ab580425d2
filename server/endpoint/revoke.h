/* SPDX-License-Identifier: Apache-2.0 */
/* POST /oauth2/revoke (RFC 7009): a client takes its own tokens back. A refresh token ends its whole family; an access
 * token ends alone. It is answered once this node refuses the token; others follow within a second. What is unknown,
 * over, or another client's is answered alike, 200, and changes nothing: nobody learns whose a token is. */
#ifndef HALLMARK_ENDPOINT_REVOKE_H
#define HALLMARK_ENDPOINT_REVOKE_H

#include "http/call.h"

void revoke_start(struct call *call);

#endif
