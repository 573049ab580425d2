/* SPDX-License-Identifier: Apache-2.0 */
/* hallmark signing-key reseal: whatever lies in the database under the master key is sealed anew under another, all of
 * it or nothing. A table that comes to hold such a thing gets a row in reseal_command.c. */
#ifndef HALLMARK_APP_RESEAL_COMMAND_H
#define HALLMARK_APP_RESEAL_COMMAND_H

#include "app/command.h"

enum command_exit reseal_run(struct command_input *input);

#endif
