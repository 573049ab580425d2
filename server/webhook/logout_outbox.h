/* SPDX-License-Identifier: Apache-2.0 */
/* The outbox of logout tokens (OpenID Connect Back-Channel Logout 1.0 section 2.5): every application that had an ID
 * token of a login is told that it has ended. */
#ifndef HALLMARK_WEBHOOK_LOGOUT_OUTBOX_H
#define HALLMARK_WEBHOOK_LOGOUT_OUTBOX_H

#include "webhook/outbox.h"

extern const struct outbox logout_outbox;

#endif
