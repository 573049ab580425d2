/* SPDX-License-Identifier: Apache-2.0 */
/* hallmark history export: an account's changes with their proofs, as server/seal/export-format.md says; or as a table
 * for people. A page of changes at a time: memory does not grow with the history. */
#ifndef HALLMARK_APP_HISTORY_EXPORT_COMMAND_H
#define HALLMARK_APP_HISTORY_EXPORT_COMMAND_H

#include "app/command.h"

enum command_exit history_export_run(struct command_input *input);

#endif
