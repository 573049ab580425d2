/* SPDX-License-Identifier: Apache-2.0 */
/* The log of who read the history (hallmark.history_read), off the way of the answers. A thread collects rows and tells
 * the database of them once a second, or when it has half of what it may hold. A batch whose fate is not known is told
 * again: its rows stand once. While the database takes none, reads go on until all room is used, and are refused then:
 * rather unread than unlogged. What a killed process had not told is lost: a second of reads at most, in normal work.
 */
#ifndef HALLMARK_CLIENT_HISTORY_READS_H
#define HALLMARK_CLIENT_HISTORY_READS_H

#include "base/address.h"
#include "store/db_sync.h"

struct history_read {
    int64_t account_id; /* whose history */
    int64_t user_id;    /* whom the token spoke for; 0: nobody */
    int64_t at_us;
    uint64_t given; /* rows */
    h2o_iovec_t application_name, client_id, request_id;
    h2o_iovec_t path, query; /* the request's target; query SLICE_NONE: none */
    const struct address *address;
};

struct history_reads; /* of one thread */
struct history_reads *history_reads_create(h2o_loop_t *loop, struct db *db);

/* Copies everything. False: there is no room, and nothing was entered; then the answer must not be given. */
__attribute__((warn_unused_result)) bool history_reads_add(struct history_reads *reads,
                                                           const struct history_read *read);

bool history_reads_is_saving(const struct history_reads *reads); /* a save is under way, and its answer comes */
size_t history_reads_waiting(const struct history_reads *reads); /* rows that the database has not confirmed */

/* With the loop at its end and no save under way: no further one starts by itself. */
void history_reads_stop(struct history_reads *reads);
/* Tells what is left; false when the database did not take it. */
bool history_reads_save_last(struct history_reads *reads, struct db_sync *db);
void history_reads_destroy(struct history_reads *reads); /* after history_reads_stop; NULL is a no-op */

#endif
