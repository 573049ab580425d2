/* SPDX-License-Identifier: Apache-2.0 */
/* A person in one account, with all that decides what they may there now, in one point read. */
#ifndef HALLMARK_STORE_STORE_MEMBER_H
#define HALLMARK_STORE_STORE_MEMBER_H

#include "store/rows_call.h"

/* As it stands in the database; texts are valid inside the callback only. */
struct member_row {
    int64_t account_id, user_id;
    h2o_iovec_t name;                /* of the person */
    h2o_iovec_t permissions;         /* now, canonical text; empty when not active */
    bool active;                     /* the membership and the person both */
    bool account_active, api_access; /* of the account */
    h2o_iovec_t access_shut;         /* why api_access is false; else empty */
    int64_t generation; /* of person and account: a sum, which is another as soon as tokens of before have ended */
};

/* A member_row, or none: the person was never a member. */
struct rows_call *store_member_find(struct db *db, int64_t account_id, int64_t user_id, rows_cb *callback,
                                    void *cookie);

#endif
