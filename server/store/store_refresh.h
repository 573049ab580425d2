/* SPDX-License-Identifier: Apache-2.0 */
/* A refresh token, looked at without being used (store/store_grant.h uses it). */
#ifndef HALLMARK_STORE_STORE_REFRESH_H
#define HALLMARK_STORE_STORE_REFRESH_H

#include "base/secret.h"
#include "store/db.h"

/* As it stands in the database; texts are borrowed from the result and valid inside the callback only. */
struct refresh_row {
    int64_t user_id, grant_id, family_id;
    h2o_iovec_t scopes;         /* that the person granted, canonical text */
    h2o_iovec_t resource;       /* the audience that was asked for; empty: none */
    int64_t issued_us, ends_us; /* unless it is used before: then it may live longer */
    int64_t generation;         /* of person and account, as an access token of it would have it beside its client's */
};

/* `row` is NULL when there is none of this client that would be taken now (outcome DB_DONE), or when outcome is
 * another. */
typedef void store_refresh_cb(enum db_outcome outcome, const struct refresh_row *row, void *cookie);

struct store_refresh_call; /* owned by the store; ends with its callback or its cancellation */
struct store_refresh_call *store_refresh_find(struct db *db, int64_t account_id,
                                              const uint8_t digest[static DIGEST_BYTES], h2o_iovec_t client_id,
                                              store_refresh_cb *callback, void *cookie);
void store_refresh_cancel(struct store_refresh_call **call); /* NULL is a no-op */

#endif
