/* SPDX-License-Identifier: Apache-2.0 */
/* What the database knows of one client: the client, its live secrets, and the states of all it hangs on, in one point
 * read. */
#ifndef HALLMARK_STORE_STORE_CLIENT_H
#define HALLMARK_STORE_STORE_CLIENT_H

#include "base/secret.h"
#include "store/db.h"

struct client_secret_row {
    int64_t number; /* among the client's secrets */
    uint8_t digest[DIGEST_BYTES];
    int64_t not_after_us; /* INT64_MAX: no end */
};

/* As it stands in the database; texts are borrowed from the result and valid inside the callback only. */
struct client_row {
    int64_t account_id; /* 0: a client of an application for all accounts */
    h2o_iovec_t client_id, name;
    int64_t application_id;
    h2o_iovec_t application_name;
    int64_t holder_id; /* 0: none */
    h2o_iovec_t holder_name;
    h2o_iovec_t scopes;             /* of the client, canonical text */
    h2o_iovec_t holder_permissions; /* now, canonical text; empty when the holder is no active member */
    int64_t generation; /* of client, application and account: a sum, another as soon as one of them has risen */
    int64_t not_before_us, expires_us; /* 0 and INT64_MAX: unbounded */
    bool client_active, application_active, account_active, api_access, holder_active, office;
    bool is_public;      /* can keep no secret */
    bool is_waiting;     /* for a second admin to confirm it; not client_active then */
    int64_t introspects; /* the api whose tokens it may ask about; 0: none */
    struct client_secret_row secrets[LIMIT_SECRETS_LIVE_MAX];
    size_t secret_count;
    h2o_iovec_t addresses;   /* from where it may be used: CIDR blocks, commas between; empty: anywhere */
    h2o_iovec_t access_shut; /* why api_access is false; else empty */
    int64_t number;          /* of the client among all: no secret, and none of its credentials */
    /* requests in so many seconds that the key, and all of the application's keys together, may make; requests 0: as
     * many as they like, -1: what the server was started with */
    int64_t key_requests, key_seconds, application_requests, application_seconds;
};

/* `row` is NULL when there is no such client (outcome DB_DONE), or when outcome is another. */
typedef void store_client_cb(enum db_outcome outcome, const struct client_row *row, void *cookie);

struct store_client_call; /* owned by the store; ends with its callback or its cancellation */
struct store_client_call *store_client_find(struct db *db, int64_t account_id, h2o_iovec_t client_id,
                                            store_client_cb *callback, void *cookie);
void store_client_cancel(struct store_client_call **call);

#endif
