/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the change history of an account, newest first. */
#ifndef HALLMARK_STORE_STORE_HISTORY_H
#define HALLMARK_STORE_STORE_HISTORY_H

#include "base/secret.h"
#include "store/db.h"

struct history_query {
    int64_t account_id;
    int64_t application_id; /* 0: any */
    h2o_iovec_t client_id;  /* SLICE_NONE: any */
    h2o_iovec_t collection; /* name; SLICE_NONE: any */
    int64_t record_id;      /* 0: any */
    int64_t user_id;        /* holder or person; 0: any */
    int64_t from_us, to_us; /* 0 and INT64_MAX: unbounded; from inclusive, to exclusive */
    int64_t before_id;      /* keyset: rows with a smaller id; 0: from the newest */
    int64_t limit;
};

struct history_row {
    int64_t id, at_us, application_id, holder_id, user_id, record_id, version;
    h2o_iovec_t application_name, client_id, key_name, token_jti, method, collection, external_references, request_id;
    h2o_iovec_t before, after, person, address; /* values; SLICE_NONE: there was none, or it was erased */
    uint8_t digest[DIGEST_BYTES];               /* of the frozen bytes */
    int64_t office_account_id;                  /* whose key it was, when that is another account; 0: it is not */
    h2o_iovec_t office_name;                    /* as that account is called now */
    h2o_iovec_t archived; /* how far the account's history was archived, in a sentence; the same in each row */
};

typedef void store_history_cb(enum db_outcome outcome, const struct history_row *rows, size_t count, void *cookie);
struct store_history_call;
struct store_history_call *store_history_list(struct db *db, const struct history_query *query,
                                              store_history_cb *callback, void *cookie);
void store_history_cancel(struct store_history_call **call);

#endif
