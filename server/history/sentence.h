/* SPDX-License-Identifier: Apache-2.0 */
/* A change in one English sentence that names the application:
 *
 *   Invoice importer changed customers 12 (Mail, Name) with the key "Production" on 2026-11-21T22:16:09.000123Z.
 *
 * Where an accounting office's key did it, "of" and the office's name stand behind the key's. */
#ifndef HALLMARK_HISTORY_SENTENCE_H
#define HALLMARK_HISTORY_SENTENCE_H

#include "history/difference.h"
#include "store/store_history.h"

/* The sentence, in the pool. `fields` are named after a change of an existing record; NULL: they may not be named. */
h2o_iovec_t sentence_of(h2o_mem_pool_t *pool, const struct history_row *row, const struct difference *fields,
                        size_t count);

#endif
