/* SPDX-License-Identifier: Apache-2.0 */
/* Help, manual page and completions, all written from the tables of commands and options. */
#ifndef HALLMARK_APP_HELP_H
#define HALLMARK_APP_HELP_H

#include "app/command.h"

#include <stdio.h>

void help_overview(FILE *out);
void help_command(FILE *out, const struct command *command);
/* All commands of one noun; false when there is none. */
bool help_noun(FILE *out, const char *noun);
void help_manual(FILE *out); /* roff, mdoc(7) */
/* "bash", "zsh" or "fish"; false for another word. */
bool help_completion(FILE *out, const char *shell);

#endif
