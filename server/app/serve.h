/* SPDX-License-Identifier: Apache-2.0 */
/* hallmark serve: from the configuration to the drained stop. */
#ifndef HALLMARK_APP_SERVE_H
#define HALLMARK_APP_SERVE_H

#include "app/command.h"

enum command_exit serve_run(struct command_input *input);

#endif
