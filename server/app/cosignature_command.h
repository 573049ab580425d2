/* SPDX-License-Identifier: Apache-2.0 */
/* "hallmark checkpoint cosignature FILE": takes what our witnesses have signed on one of our checkpoints, and keeps it
 * beside the checkpoint. */
#ifndef HALLMARK_APP_COSIGNATURE_COMMAND_H
#define HALLMARK_APP_COSIGNATURE_COMMAND_H

#include "app/command.h"

enum command_exit cosignature_run(struct command_input *input);

#endif
