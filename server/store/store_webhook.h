/* SPDX-License-Identifier: Apache-2.0 */
/* The outbox of webhooks, for the thread that sends. */
#ifndef HALLMARK_STORE_STORE_WEBHOOK_H
#define HALLMARK_STORE_STORE_WEBHOOK_H

#include "store/db_sync.h"

/* An event to send, and to whom. Texts are borrowed from the connection's result: valid until its next call. */
struct webhook_event {
    int64_t account_id, webhook_id, collection_id, record_id, id; /* which event of whom */
    int64_t attempt;                                              /* this one, from 1 */
    int64_t at_us;                                                /* of the change */
    int64_t version;
    h2o_iovec_t type, url, signing;
    h2o_iovec_t sealed, old_sealed; /* the secrets; the old one SLICE_NONE unless it still signs */
    /* Of the change; SLICE_NONE when it is none (a ping), or when a value was erased. */
    h2o_iovec_t collection, application_name, client_id, external_references, changed, document;
};

/* Takes at most `most` events, of one webhook at most `each` under way, for `seconds`. The array is in the pool. False
 * when the database did not do it. */
__attribute__((warn_unused_result)) bool store_webhook_lease(struct db_sync *db, int64_t lease, int64_t seconds,
                                                             int64_t most, int64_t each, h2o_mem_pool_t *pool,
                                                             const struct webhook_event **events_out,
                                                             size_t *count_out);

/* A webhook that stopped because of what came back. */
struct webhook_stopped {
    int64_t account_id, webhook_id;
    h2o_iovec_t state, reason;
};

/* Records results: a JSON array of objects with the members that webhook_record.sql reads. */
__attribute__((warn_unused_result)) bool store_webhook_record(struct db_sync *db, int64_t lease, h2o_iovec_t results,
                                                              int64_t pause_seconds, h2o_mem_pool_t *pool,
                                                              const struct webhook_stopped **stopped_out,
                                                              size_t *count_out);

/* Gives back everything that is still taken under this lease. */
__attribute__((warn_unused_result)) bool store_webhook_release(struct db_sync *db, int64_t lease);

#endif
