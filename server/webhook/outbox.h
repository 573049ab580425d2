/* SPDX-License-Identifier: Apache-2.0 */
/* What a sender sends from: a table of the database in which statements leave what somebody outside has to be told. One
 * row here for each kind; the sender (webhook/outbox_sender.h) knows nothing of what it sends. */
#ifndef HALLMARK_WEBHOOK_OUTBOX_H
#define HALLMARK_WEBHOOK_OUTBOX_H

#include "base/text.h"
#include "http/settings.h"
#include "store/db_sync.h"
#include "webhook/verdict.h"

enum outbox_kind { OUTBOX_WEBHOOKS, OUTBOX_LOGOUTS, OUTBOX__MAX };

/* One POST, ready to be sent. Texts are in the pool of the lease. */
struct delivery {
    h2o_iovec_t identity; /* members of JSON by which its result is recorded: "account_id":1,"id":2 */
    int64_t attempt;      /* this one, from 1 */
    h2o_iovec_t url, body;
    const h2o_iovec_t *headers; /* lines without an end, NUL-terminated */
    size_t header_count;
    const char *fault; /* why it cannot be sent (a literal); NULL: it can */
};

/* How many to take, under which number and for how long: at most `most`, of one receiver at most `each` under way. */
struct outbox_lease {
    int64_t number, seconds, most, each;
};

struct outbox {
    const char *name;            /* in the log: "webhooks" */
    const char *counter, *gauge; /* of /metrics: attempts by what came of them; transfers under way */
    size_t transfers_max;        /* under way at once, at most */
    struct verdict_rules rules;
    /* Takes what is due. False when the database did not do it. */
    bool (*lease)(struct db_sync *db, const struct settings *settings, const struct outbox_lease *lease,
                  h2o_mem_pool_t *pool, const struct delivery **deliveries_out, size_t *count_out);
    /* Records results: a JSON array of objects, each the delivery's identity and
     * attempt, at_us, result, status (0: none came), detail, milliseconds, delay_ms, hold_ms. False as above. */
    bool (*record)(struct db_sync *db, int64_t lease_number, h2o_iovec_t results, h2o_mem_pool_t *pool);
    /* Gives back everything that is still taken under this number. */
    bool (*release)(struct db_sync *db, int64_t lease_number);
};

/* Never NULL. */
const struct outbox *outbox_of(enum outbox_kind kind);

#endif
