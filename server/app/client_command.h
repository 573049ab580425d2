/* SPDX-License-Identifier: Apache-2.0 */
/* hallmark client create, hallmark application offer: what an application needs to act for people. */
#ifndef HALLMARK_APP_CLIENT_COMMAND_H
#define HALLMARK_APP_CLIENT_COMMAND_H

#include "app/command.h"

enum command_exit client_create_run(struct command_input *input);
enum command_exit application_offer_run(struct command_input *input);

#endif
