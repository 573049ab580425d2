/* SPDX-License-Identifier: Apache-2.0 */
/* hallmark history verify: checks an export without a server and without a database. */
#ifndef HALLMARK_APP_HISTORY_VERIFY_COMMAND_H
#define HALLMARK_APP_HISTORY_VERIFY_COMMAND_H

#include "app/command.h"

enum command_exit history_verify_run(struct command_input *input);

#endif
