/* SPDX-License-Identifier: Apache-2.0 */
/* A month of the history goes to a file, and then out of the database (server/seal/export-format.md, Archives). */
#ifndef HALLMARK_APP_HISTORY_ARCHIVE_COMMAND_H
#define HALLMARK_APP_HISTORY_ARCHIVE_COMMAND_H

#include "app/command.h"

/* Whatever dies while it runs, it can be run again: a file that has its name is whole, and is taken as it is. */
enum command_exit history_archive_run(struct command_input *input);

#endif
