/* SPDX-License-Identifier: Apache-2.0 */
/* What ties an office's key to client accounts: one link with all that it hangs on in one point read, and the list of
 * all links of a key. */
#ifndef HALLMARK_STORE_STORE_LINK_H
#define HALLMARK_STORE_STORE_LINK_H

#include "store/rows_call.h"

/* As it stands in the database; texts are borrowed from the result and valid inside the callback only. */
struct link_row {
    int64_t account_id, office_account_id; /* the client company, the office */
    h2o_iovec_t client_id;                 /* the office's key */
    bool active, allowed;                  /* the link itself; the client's own switch for the office */
    bool account_active, api_access;       /* of the client account */
    int64_t generation;                    /* of the client account */
    h2o_iovec_t access_shut;               /* why api_access is false; else empty */
    h2o_iovec_t template_name, scopes;     /* of the template's version that the link follows; canonical text */
};

/* A link_row, or none: there is no such link. */
struct rows_call *store_link_find(struct db *db, int64_t account_id, int64_t office_account_id, h2o_iovec_t client_id,
                                  rows_cb *callback, void *cookie);

/* One client account in the list of a key. */
struct link_account_row {
    int64_t account_id, template_id, template_version;
    h2o_iovec_t name, state, template_name, scopes; /* state: a word of link_accounts.sql */
};

/* Which of the accounts that a key is linked to. */
struct link_accounts {
    int64_t office_account_id, only_account_id, after_id, most; /* only_account_id 0: all, with ids above after_id */
    h2o_iovec_t client_id;
};

/* Rows of link_account_row. */
struct rows_call *store_link_accounts(struct db *db, const struct link_accounts *which, rows_cb *callback,
                                      void *cookie);

#endif
