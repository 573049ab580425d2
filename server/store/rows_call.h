/* SPDX-License-Identifier: Apache-2.0 */
/* One statement whose rows become an array of structs. The callback fires once, never inside the function that starts
 * it, and never after rows_call_cancel. */
#ifndef HALLMARK_STORE_ROWS_CALL_H
#define HALLMARK_STORE_ROWS_CALL_H

#include "store/db.h"

/* `rows` is borrowed and valid inside the callback only; count is 0 when there is none, or outcome is not DB_DONE. */
typedef void rows_cb(enum db_outcome outcome, const void *rows, size_t count, void *cookie);
struct rows_call; /* ends with its callback or its cancellation */
struct row_table;

/* Inside server/store only. */
struct rows_call *rows_call_start(struct db *db, const struct row_table *table, const struct db_parameters *parameters,
                                  rows_cb *callback, void *cookie);

/* The same where only the number of rows counts: `rows` is NULL. */
struct rows_call *rows_call_count(struct db *db, enum statement statement, const struct db_parameters *parameters,
                                  rows_cb *callback, void *cookie);

void rows_call_cancel(struct rows_call **call); /* NULL is a no-op */

#endif
