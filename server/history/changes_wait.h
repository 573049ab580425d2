/* SPDX-License-Identifier: Apache-2.0 */
/* Readers who wait for changes. However many wait on a thread, the database is asked once in a while for all of their
 * accounts together; nobody notifies, since that would slow every write. */
#ifndef HALLMARK_HISTORY_CHANGES_WAIT_H
#define HALLMARK_HISTORY_CHANGES_WAIT_H

#include "http/worker.h"

struct changes_waiter;

/* Calls back once, never inside this function and never after changes_wait_cancel: when something is sealed behind this
 * place of the account, when the time is over, when the server stops, or when the database does not answer. Who is
 * woken looks for himself. */
struct changes_waiter *changes_wait_start(struct worker *worker, int64_t account_id, int64_t after, int64_t until_ms,
                                          void (*woken)(void *cookie), void *cookie);

/* *waiter becomes NULL; NULL inside is a no-op. */
void changes_wait_cancel(struct changes_waiter **waiter);

#endif
