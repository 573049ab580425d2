/* SPDX-License-Identifier: Apache-2.0 */
/* What logging out of an application asks the database. */
#ifndef HALLMARK_STORE_STORE_LOGOUT_H
#define HALLMARK_STORE_STORE_LOGOUT_H

#include "store/rows_call.h"

struct logout_client {
    h2o_iovec_t name;         /* of the application */
    bool active;              /* both the client and its application are */
    bool registered;          /* the URI that was asked about is one of its own */
    h2o_iovec_t subject_salt; /* of an application that has subjects of its own (token/subject.h); else SLICE_NONE */
};

/* `redirect_uri` may be SLICE_NONE. No row: there is no such client. */
struct rows_call *store_logout_client(struct db *db, int64_t account_id, h2o_iovec_t client_id,
                                      h2o_iovec_t redirect_uri, rows_cb *callback, void *cookie); /* logout_client */

#endif
