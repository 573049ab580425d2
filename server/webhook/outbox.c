/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/outbox.h"

#include "webhook/logout_outbox.h"
#include "webhook/webhook_outbox.h"

#include <assert.h>

const struct outbox *outbox_of(enum outbox_kind kind)
{
    static const struct outbox *const outboxes[OUTBOX__MAX] = {
        [OUTBOX_WEBHOOKS] = &webhook_outbox,
        [OUTBOX_LOGOUTS] = &logout_outbox,
    };
    assert(kind < OUTBOX__MAX);
    return outboxes[kind];
}
