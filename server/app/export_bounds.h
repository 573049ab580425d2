/* SPDX-License-Identifier: Apache-2.0 */
/* How far an export goes, and the checkpoint that proves it. */
#ifndef HALLMARK_APP_EXPORT_BOUNDS_H
#define HALLMARK_APP_EXPORT_BOUNDS_H

#include "store/db_sync.h"

#define EXPORT_ALL_ACCOUNTS (-1) /* for an account's id: last_seq is 0 then */

struct export_demand {
    int64_t account_id;
    int64_t witnesses; /* how many have to have cosigned the checkpoint */
    h2o_iovec_t nonce; /* SLICE_NONE: the export is not closed */
};

struct export_bounds {
    uint64_t size;     /* of the checkpoint */
    uint64_t through;  /* changes below this index are in the export: the size, or behind the change that closes it */
    uint64_t last_seq; /* of the account, of the last of them */
    h2o_iovec_t note;  /* the checkpoint, in the pool */
};

/* Up to the newest such checkpoint; right behind an erasure it waits a moment until that covers it. With a nonce the
 * history is told first that the account is exported, and the export ends with this change. False after having said
 * why. */
__attribute__((warn_unused_result)) bool export_bounds_read(struct db_sync *db, h2o_mem_pool_t *pool,
                                                            const struct export_demand *demand,
                                                            struct export_bounds *out);

/* Erasures and archives of the account (of all accounts: erasures) that stand behind the export: -1 when the database
 * does not answer. */
int64_t export_bounds_uncovered(struct db_sync *db, int64_t account_id, const struct export_bounds *bounds);

#endif
