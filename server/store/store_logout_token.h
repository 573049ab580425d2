/* SPDX-License-Identifier: Apache-2.0 */
/* The outbox of logout tokens, for the thread that sends. */
#ifndef HALLMARK_STORE_STORE_LOGOUT_TOKEN_H
#define HALLMARK_STORE_STORE_LOGOUT_TOKEN_H

#include "store/db_sync.h"
#include "store/store_policy.h"

/* Which login has ended, and whom that is to be told. */
struct logout_row {
    int64_t client_account_id, user_id, session_id;
    int64_t attempt; /* this one, from 1 */
    h2o_iovec_t client_id, jti, url;
    h2o_iovec_t id_token_alg; /* how the application's ID tokens are signed */
    h2o_iovec_t subject_salt; /* of an application that has subjects of its own (token/subject.h); else SLICE_NONE */
};

/* Takes at most `most`, of one client at most `each` under way, for `seconds`. Array and texts are in the pool. False
 * when the database did not do it. */
__attribute__((warn_unused_result)) bool store_logout_lease(struct db_sync *db, int64_t lease, int64_t seconds,
                                                            int64_t most, int64_t each, h2o_mem_pool_t *pool,
                                                            struct logout_row **rows_out, size_t *count_out);

/* One that was not delivered and will not be. */
struct logout_lost {
    int64_t session_id, attempt, status; /* status 0: no answer came */
    h2o_iovec_t client_id, detail;
};

/* Records results: a JSON array of objects with the members that logout_record.sql reads. Texts of the lost ones are
 * valid until the connection's next call. */
__attribute__((warn_unused_result)) bool store_logout_record(struct db_sync *db, int64_t lease, h2o_iovec_t results,
                                                             h2o_mem_pool_t *pool, const struct logout_lost **lost_out,
                                                             size_t *count_out);

/* Gives back everything that is still taken under this lease. */
__attribute__((warn_unused_result)) bool store_logout_release(struct db_sync *db, int64_t lease);

/* The keys of this deployment, as the policy has them; texts are valid until the connection's next call. */
__attribute__((warn_unused_result)) bool store_logout_keys(struct db_sync *db, h2o_mem_pool_t *pool,
                                                           const struct signing_key_row **keys_out, size_t *count_out);

#endif
