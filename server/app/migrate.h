/* SPDX-License-Identifier: Apache-2.0 */
/* hallmark migrate: applies the embedded migrations that the database does not have yet, each in a transaction of its
 * own, one process at a time (an advisory lock). What was applied is never altered: a digest that differs is an error.
 */
#ifndef HALLMARK_APP_MIGRATE_H
#define HALLMARK_APP_MIGRATE_H

#include "app/command.h"

enum command_exit migrate_run(struct command_input *input);

#endif
