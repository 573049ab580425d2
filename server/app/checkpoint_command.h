/* SPDX-License-Identifier: Apache-2.0 */
/* hallmark checkpoint ...: the key that signs the history's checkpoints, and the newest of these. */
#ifndef HALLMARK_APP_CHECKPOINT_COMMAND_H
#define HALLMARK_APP_CHECKPOINT_COMMAND_H

#include "app/command.h"

enum command_exit checkpoint_key_make_run(struct command_input *input);
enum command_exit checkpoint_show_run(struct command_input *input);

#endif
