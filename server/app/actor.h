/* SPDX-License-Identifier: Apache-2.0 */
/* The name under which our own programs change what is administrated, for the history. */
#ifndef HALLMARK_APP_ACTOR_H
#define HALLMARK_APP_ACTOR_H

#include "store/db_sync.h"

/* For all that this connection changes from now on. The command line is somebody's: the user of the operating system
 * who runs it. False when the database did not take it (db_sync_message says why): then nothing may be changed. */
__attribute__((warn_unused_result)) bool actor_is_command_line(struct db_sync *db);
__attribute__((warn_unused_result)) bool actor_is_server(struct db_sync *db);

#endif
