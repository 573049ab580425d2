/* SPDX-License-Identifier: Apache-2.0 */
/* hallmark webhook create and webhook rotate: the two that show a secret, once. */
#ifndef HALLMARK_APP_WEBHOOK_COMMAND_H
#define HALLMARK_APP_WEBHOOK_COMMAND_H

#include "app/command.h"

enum command_exit webhook_create_run(struct command_input *input);
enum command_exit webhook_rotate_run(struct command_input *input);

#endif
