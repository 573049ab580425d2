/* SPDX-License-Identifier: Apache-2.0 */
/* The outbox of webhooks: events of an account's history, signed as Standard Webhooks 1.0.0 say. */
#ifndef HALLMARK_WEBHOOK_WEBHOOK_OUTBOX_H
#define HALLMARK_WEBHOOK_WEBHOOK_OUTBOX_H

#include "webhook/outbox.h"

extern const struct outbox webhook_outbox;

#endif
