/* SPDX-License-Identifier: Apache-2.0 */
/* hallmark signing-key rotate and withdraw, which need the master key. */
#ifndef HALLMARK_APP_SIGNING_KEY_COMMAND_H
#define HALLMARK_APP_SIGNING_KEY_COMMAND_H

#include "app/command.h"

enum command_exit signing_key_rotate_run(struct command_input *input);
enum command_exit signing_key_withdraw_run(struct command_input *input);

#endif
