/* SPDX-License-Identifier: Apache-2.0 */
/* hallmark user set-password, password-link, totp-on and totp-off: what a person logs in with, set by who runs the
 * server. A password is never taken from the command line, where others can read it. */
#ifndef HALLMARK_APP_PASSWORD_COMMAND_H
#define HALLMARK_APP_PASSWORD_COMMAND_H

#include "app/command.h"

enum command_exit password_set_run(struct command_input *input);
enum command_exit password_link_run(struct command_input *input);
enum command_exit password_totp_on_run(struct command_input *input);

#endif
