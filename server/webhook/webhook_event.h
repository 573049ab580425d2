/* SPDX-License-Identifier: Apache-2.0 */
/* What a receiver is sent: {"type":"customers.updated","timestamp":...,"data":{...}}. Thin, below 20 kB: who wants the
 * record reads it, with a right of his own; or the webhook was made with documents. Made of the change in the history,
 * so it is the same at every attempt. */
#ifndef HALLMARK_WEBHOOK_WEBHOOK_EVENT_H
#define HALLMARK_WEBHOOK_WEBHOOK_EVENT_H

#include "base/credential.h"
#include "store/store_webhook.h"

/* The value of webhook-id; the same at every attempt and for every webhook that is told of the change. */
void webhook_event_id(const struct webhook_event *event, char out[static IDENT_BYTES_MAX]);

/* In the pool. */
h2o_iovec_t webhook_event_body(h2o_mem_pool_t *pool, const struct webhook_event *event);

#endif
