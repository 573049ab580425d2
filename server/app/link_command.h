/* SPDX-License-Identifier: Apache-2.0 */
/* `hallmark link create`: one key, one template, and client accounts as many as there are in words or in a file. */
#ifndef HALLMARK_APP_LINK_COMMAND_H
#define HALLMARK_APP_LINK_COMMAND_H

#include "app/command.h"

/* All of the accounts are linked, or none. */
enum command_exit link_create_run(struct command_input *input);

#endif
