/* SPDX-License-Identifier: Apache-2.0 */
#include "app/command_rows.h"

#include <stdlib.h>

static const struct command_rows *const groups[] = {
    &command_rows_program, &command_rows_accounts,  &command_rows_offices,
    &command_rows_people,  &command_rows_operation, &command_rows_history,
};

size_t command_count(void)
{
    size_t count = 0;
    for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); ++i)
        count += groups[i]->count;
    return count;
}

const struct command *command_at(size_t index)
{
    for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); ++i) {
        if (index < groups[i]->count)
            return &groups[i]->rows[index];
        index -= groups[i]->count;
    }
    abort(); /* the caller counts to command_count */
}

const struct command *command_find(const char *noun, const char *verb)
{
    for (size_t i = 0; i < command_count(); ++i) {
        const struct command *command = command_at(i);
        bool same_verb =
            verb == NULL ? command->verb == NULL : command->verb != NULL && strcmp(command->verb, verb) == 0;
        if (same_verb && strcmp(command->noun, noun) == 0)
            return command;
    }
    return NULL;
}
