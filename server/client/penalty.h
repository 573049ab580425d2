/* SPDX-License-Identifier: Apache-2.0 */
/* The slow-down after failed authentication: counts failures per client and address, so that a right secret is never
 * delayed by somebody else's wrong ones. One fixed table for the process, of atomic cells: no lock, and a bounded
 * memory. What changed is saved in batches and read again at start. Cells are named by a keyed digest, so the table
 * tells nobody who failed. */
#ifndef HALLMARK_CLIENT_PENALTY_H
#define HALLMARK_CLIENT_PENALTY_H

#include "base/address.h"
#include "base/secret.h"
#include "store/db.h"

struct penalty_table;
struct penalty_table *penalty_table_create(const uint8_t key[static DIGEST_BYTES]);
void penalty_table_destroy(struct penalty_table *table);

/* Seconds that this client has to wait from this address; 0: go on. Cheap when nobody has failed lately. */
int64_t penalty_wait_s(struct penalty_table *table, h2o_iovec_t client_id, const struct address *address,
                       int64_t now_s);
void penalty_failed(struct penalty_table *table, h2o_iovec_t client_id, const struct address *address, int64_t now_s);
void penalty_succeeded(struct penalty_table *table, h2o_iovec_t client_id, const struct address *address);

/* Saves the cells that changed since the last call, over the write lane, at most one save under way; called once a
 * second by one thread. */
void penalty_save(struct penalty_table *table, struct db *db);
/* Reads the live cells; done(cookie) fires once, whatever the outcome. */
void penalty_load(struct penalty_table *table, struct db *db, void (*done)(void *cookie), void *cookie);

#endif
