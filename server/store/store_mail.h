/* SPDX-License-Identifier: Apache-2.0 */
/* Mails that wait to be sent, for the thread that sends them. False: the database did not do it. */
#ifndef HALLMARK_STORE_STORE_MAIL_H
#define HALLMARK_STORE_STORE_MAIL_H

#include "base/secret.h"
#include "store/db_sync.h"

struct link_lifetimes {
    int64_t forgotten_s, invited_s;
    int64_t spacing_s; /* between two mails to one person who forgot a password */
};

/* Takes the oldest request for a link, if there is one, and makes its link (this digest, and sealed) and its mail. */
__attribute__((warn_unused_result)) bool
store_link_request_settle(struct db_sync *db, const uint8_t digest[static DIGEST_BYTES], h2o_iovec_t sealed,
                          const struct link_lifetimes *lifetimes, bool *taken_out);

/* Texts are borrowed from the connection's result: valid until its next call. */
struct mail_row {
    int64_t id, attempt; /* this one, from 1 */
    int64_t created_us;
    h2o_iovec_t kind, language;
    uint8_t digest[DIGEST_BYTES]; /* of the link */
    h2o_iovec_t sealed;           /* the link; in the pool */
    h2o_iovec_t name, email;
};

/* Takes the mail that is due longest, for some seconds. *row_out is in the pool; NULL: nothing is due. */
__attribute__((warn_unused_result)) bool store_mail_lease(struct db_sync *db, int64_t lease, int64_t seconds,
                                                          h2o_mem_pool_t *pool, const struct mail_row **row_out);

/* What came of it: "sent", "failed", or "waiting" for so many milliseconds. */
__attribute__((warn_unused_result)) bool store_mail_record(struct db_sync *db, int64_t lease, int64_t id,
                                                           h2o_iovec_t state, h2o_iovec_t detail, int64_t delay_ms);

/* Gives back everything that is still taken under this lease. */
__attribute__((warn_unused_result)) bool store_mail_release(struct db_sync *db, int64_t lease);

struct mail_queue {
    int64_t waiting, oldest_s;
    h2o_iovec_t detail; /* what the relay said of the oldest */
};

__attribute__((warn_unused_result)) bool store_mail_waiting(struct db_sync *db, struct mail_queue *out);

#endif
