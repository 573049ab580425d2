/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked of the history at the command line, into the log of reads. */
#ifndef HALLMARK_APP_HISTORY_NOTE_H
#define HALLMARK_APP_HISTORY_NOTE_H

#include "app/command.h"
#include "store/db_sync.h"

/* Before anything is told. `db` knows who acts on it (app/actor.h). False, after having said why, when it could not be
 * entered: then nothing must be told. */
__attribute__((warn_unused_result)) bool history_note(const struct command_input *input, struct db_sync *db,
                                                      int64_t account_id);

#endif
