/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the sealed changes of an account, in the order in which they were sealed. */
#ifndef HALLMARK_STORE_STORE_CHANGES_H
#define HALLMARK_STORE_STORE_CHANGES_H

#include "store/store_history.h"

struct changes_query {
    int64_t account_id;
    int64_t after;          /* place in the account's sequence; 0: from the beginning */
    h2o_iovec_t collection; /* SLICE_NONE: any */
    int64_t most, scan_most;
};

struct change_row {
    struct history_row row;
    int64_t sequence;   /* 0: this row tells no change, only where the next page begins */
    int64_t next_place; /* where the next page begins; 0: nothing is sealed behind query->after; the same in each row */
    bool more;          /* there may be more behind it already; the same in each row */
    h2o_iovec_t archived; /* where the changes are that come next, in a sentence; SLICE_NONE: they are here */
    int64_t resumes;      /* then the place behind which changes are here again */
};

typedef void store_changes_cb(enum db_outcome outcome, const struct change_row *rows, size_t count, void *cookie);
typedef void store_changes_heads_cb(enum db_outcome outcome, const int64_t *account_ids, const int64_t *sequences,
                                    size_t count, void *cookie);

struct changes_call;

/* With DB_DONE there is at least one row. All of it is valid inside the callback only, which fires once, never inside
 * this function, and never after store_changes_cancel. */
struct changes_call *store_changes_list(struct db *db, const struct changes_query *query, store_changes_cb *callback,
                                        void *cookie);

/* How far these accounts are sealed; one row each. */
struct changes_call *store_changes_heads(struct db *db, const int64_t *account_ids, size_t count,
                                         store_changes_heads_cb *callback, void *cookie);

/* *call becomes NULL; NULL inside is a no-op. */
void store_changes_cancel(struct changes_call **call);

#endif
