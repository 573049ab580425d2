/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HALLMARK_APP_MANUAL_COMMAND_H
#define HALLMARK_APP_MANUAL_COMMAND_H

#include "app/command.h"

enum command_exit manual_page_run(struct command_input *input);
enum command_exit manual_completion_run(struct command_input *input);

#endif
