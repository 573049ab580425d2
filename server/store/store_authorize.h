/* SPDX-License-Identifier: Apache-2.0 */
/* What an authorization request needs to know: which application asks, what it pushed, and in which accounts the person
 * could let it in. Each call is one statement; its callback gets an array of what the function names. */
#ifndef HALLMARK_STORE_STORE_AUTHORIZE_H
#define HALLMARK_STORE_STORE_AUTHORIZE_H

#include "base/secret.h"
#include "store/rows_call.h"

struct authorize_client { /* that may ask now */
    int64_t application_id;
    h2o_iovec_t name, maker;
    h2o_iovec_t redirect_uris; /* one space between two */
    h2o_iovec_t scopes;        /* that it may ask for, canonical text */
    bool is_public, pushed_only, pkce_optional;
    int64_t seconds;          /* how long what it gets can last */
    h2o_iovec_t subject_salt; /* SLICE_NONE: it has no subjects of its own (token/subject.h) */
};

struct authorize_account { /* in which a person is an active member */
    int64_t account_id;
    h2o_iovec_t name;
    h2o_iovec_t permissions; /* of the person there, canonical text */
    h2o_iovec_t granted;     /* what the application was given there before */
    bool open;               /* its API access is on */
};

struct authorize_pushed {
    h2o_iovec_t query; /* its parameters, as a browser would have brought them */
};

struct authorize_kept { /* a request that was pushed just now */
    int64_t seconds;    /* that it waits until it is opened */
};

struct rows_call *store_authorize_client(struct db *db, int64_t account_id, h2o_iovec_t client_id, rows_cb *callback,
                                         void *cookie); /* authorize_client */

/* In all accounts of the person (account_id 0), at most `most`, or in one. authorize_account, by name */
struct rows_call *store_authorize_accounts(struct db *db, int64_t user_id, int64_t application_id,
                                           int64_t client_account_id, int64_t account_id, int most, rows_cb *callback,
                                           void *cookie);

/* --- pushed requests (RFC 9126); their route is the client's account --- */

struct rows_call *store_request_push(struct db *db, int64_t account_id, const uint8_t digest[static DIGEST_BYTES],
                                     h2o_iovec_t client_id, h2o_iovec_t query, rows_cb *callback,
                                     void *cookie); /* authorize_kept */
/* count 0: unknown, another client's, too old, or spent. */
struct rows_call *store_request_open(struct db *db, int64_t account_id, const uint8_t digest[static DIGEST_BYTES],
                                     h2o_iovec_t client_id, rows_cb *callback, void *cookie); /* authorize_pushed */
/* Nobody waits for it: should it fail, the request ends by its time. */
void store_request_spend(struct db *db, int64_t account_id, const uint8_t digest[static DIGEST_BYTES]);

#endif
