/* SPDX-License-Identifier: Apache-2.0 */
/* One blocking connection for the command line and for what must be done before the loops run. Never used on a loop's
 * thread. */
#ifndef HALLMARK_STORE_DB_SYNC_H
#define HALLMARK_STORE_DB_SYNC_H

#include "store/db.h"

struct db_sync;

/* NULL on failure; *message_out then says why, for a person (malloc; the caller frees). */
struct db_sync *db_sync_open(const char *conninfo, char **message_out);
void db_sync_close(struct db_sync *db);

/* Runs one statement in its own transaction. The result is valid until the next call on this connection. Returns
 * DB_DONE, DB_REFUSED or DB_LOST (connection gone). */
enum db_outcome db_sync_run(struct db_sync *db, enum statement statement, const struct db_parameters *parameters,
                            const struct db_result **result_out);

/* Runs SQL text that has several statements (a migration), in one transaction of its own. On DB_REFUSED the result
 * tells the error. */
enum db_outcome db_sync_script(struct db_sync *db, h2o_iovec_t sql, const struct db_result **result_out);

/* The last error in words, with the database's hint, for a person at a terminal. Valid until the next call on this
 * connection. */
const char *db_sync_message(struct db_sync *db);

#endif
