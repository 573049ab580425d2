/* SPDX-License-Identifier: Apache-2.0 */
#include "app/manual_command.h"

#include "app/help.h"

enum command_exit manual_page_run(struct command_input *input)
{
    (void)input;
    help_manual(stdout);
    return COMMAND_DONE;
}

enum command_exit manual_completion_run(struct command_input *input)
{
    const char *shell = command_value(input, "shell");
    return help_completion(stdout, shell) ? COMMAND_DONE
                                          : command_usage("\"%s\" is no shell known here: bash, zsh or fish", shell);
}
