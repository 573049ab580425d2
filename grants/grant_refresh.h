/* SPDX-License-Identifier: Apache-2.0 */
/* The refresh token (RFC 6749 section 6). Who can keep a secret keeps the token; a public client gets another one each
 * time (RFC 9700 section 4.14.2), and whoever uses a spent one ends them all. */
#ifndef HALLMARK_GRANTS_GRANT_REFRESH_H
#define HALLMARK_GRANTS_GRANT_REFRESH_H

#include "grants/grant.h"

extern const struct grant refresh_token_grant;

#endif
