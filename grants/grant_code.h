/* SPDX-License-Identifier: Apache-2.0 */
/* The authorization code (RFC 6749 section 4.1.3; RFC 7636). */
#ifndef HALLMARK_GRANTS_GRANT_CODE_H
#define HALLMARK_GRANTS_GRANT_CODE_H

#include "grants/grant.h"

extern const struct grant authorization_code_grant;

#endif
