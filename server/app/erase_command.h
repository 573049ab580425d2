/* SPDX-License-Identifier: Apache-2.0 */
/* Taking the values of a person, or of a record, out of the history (schema/migrations: erasure). */
#ifndef HALLMARK_APP_ERASE_COMMAND_H
#define HALLMARK_APP_ERASE_COMMAND_H

#include "app/command.h"

/* person erase and record erase: which one, the command says. Fails when something is left. */
enum command_exit erase_run(struct command_input *input);

#endif
