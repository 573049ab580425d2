/* SPDX-License-Identifier: Apache-2.0 */
/* What the nodes tell each other of rate.h's counts, through one small table: what comes near its limit here goes there
 * in one statement, which answers what the others have. So a limit that is used up on one node is used up on all of
 * them within a second, and no request waits for it. */
#ifndef HALLMARK_CLIENT_RATE_EXCHANGE_H
#define HALLMARK_CLIENT_RATE_EXCHANGE_H

#include "client/rate.h"
#include "store/db.h"
#include "store/db_sync.h"

struct rate_exchange;
struct rate_exchange *rate_exchange_create(struct rate_table *table); /* the table outlives it */
void rate_exchange_destroy(struct rate_exchange *exchange);

/* Over the write lane, one under way at most, nothing when nobody is counted; called every LIMIT_RATE_EXCHANGE_MS by
 * one thread. */
void rate_exchange_round(struct rate_exchange *exchange, struct db *db);
/* Forgets the answer that is under way: before its db ends. */
void rate_exchange_stop(struct rate_exchange *exchange);
/* At the end of the process: what was not told yet, all of it. */
void rate_exchange_last(struct rate_exchange *exchange, struct db_sync *db);

#endif
