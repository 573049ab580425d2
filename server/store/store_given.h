/* SPDX-License-Identifier: Apache-2.0 */
/* What a person gave to applications, as they see it themselves. Each call is one statement; its callback gets an array
 * of what the function names. */
#ifndef HALLMARK_STORE_STORE_GIVEN_H
#define HALLMARK_STORE_STORE_GIVEN_H

#include "store/rows_call.h"

struct given_row { /* an application that a person has let in, in one account */
    int64_t account_id, grant_id;
    h2o_iovec_t account, application, maker; /* their names */
    h2o_iovec_t scopes;                      /* what is left of them now, canonical text */
    bool open;                               /* it works there at all */
    int64_t given_us, used_us;               /* 0: never yet */
};

struct given_ended {
    int64_t grant_id;
};

/* Of all accounts, at most `most` of them, by name; given_row */
struct rows_call *store_given_list(struct db *db, int64_t user_id, int64_t most, rows_cb *callback, void *cookie);
/* One; count 0: there is none that lives, or it is another person's. given_row */
struct rows_call *store_given_find(struct db *db, int64_t user_id, int64_t account_id, int64_t grant_id,
                                   rows_cb *callback, void *cookie);
/* Takes it back; count 0 as above. `actor`: store_actor_text. given_ended */
struct rows_call *store_given_end(struct db *db, int64_t user_id, int64_t account_id, int64_t grant_id,
                                  h2o_iovec_t actor, rows_cb *callback, void *cookie);

#endif
