/* SPDX-License-Identifier: Apache-2.0 */
/* hallmark key create and key replace: the two that show a secret, once. */
#ifndef HALLMARK_APP_KEY_COMMAND_H
#define HALLMARK_APP_KEY_COMMAND_H

#include "app/command.h"

enum command_exit key_create_run(struct command_input *input);
enum command_exit key_replace_run(struct command_input *input);

#endif
