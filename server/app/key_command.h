/* SPDX-License-Identifier: Apache-2.0 */
/* hallmark key create and key replace: the two that show a secret, once. What their statements take stands in
 * admin_rows_keys.c, as with the others. */
#ifndef HALLMARK_APP_KEY_COMMAND_H
#define HALLMARK_APP_KEY_COMMAND_H

#include "app/command.h"

enum command_exit key_create_run(struct command_input *input);
enum command_exit key_replace_run(struct command_input *input);

/* The one moment at which a secret is seen. */
void key_show_secret(const struct command_input *input, h2o_iovec_t client_id, h2o_iovec_t name, h2o_iovec_t secret);

#endif
