/* SPDX-License-Identifier: Apache-2.0 */
/* The client credentials grant (RFC 6749 section 4.4): a client asks for itself. */
#ifndef HALLMARK_GRANTS_CLIENT_CREDENTIALS_H
#define HALLMARK_GRANTS_CLIENT_CREDENTIALS_H

#include "grants/grant.h"

extern const struct grant client_credentials_grant;

#endif
