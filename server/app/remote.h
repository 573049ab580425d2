/* SPDX-License-Identifier: Apache-2.0 */
/* Administrative commands over HTTP: with HALLMARK_URL, or --url, a command is a request to /admin/v1 of that server,
 * with a key of its own (--key-file), and prints what it prints beside the database. */
#ifndef HALLMARK_APP_REMOTE_H
#define HALLMARK_APP_REMOTE_H

#include "app/command.h"

/* Runs the command there. COMMAND_BESIDE, after having said why, when the management API has nothing for it. */
enum command_exit remote_run(struct command_input *input);

#endif
