/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of the commands, a file a group of nouns; command_table.c puts them together. */
#ifndef HALLMARK_APP_COMMAND_ROWS_H
#define HALLMARK_APP_COMMAND_ROWS_H

#include "app/command.h"

struct command_rows {
    const struct command *rows;
    size_t count;
};

extern const struct command_rows command_rows_program, command_rows_accounts, command_rows_offices,
    command_rows_operation, command_rows_history, command_rows_people;

#define FLAG(name, argument, help)                                                                                     \
    {                                                                                                                  \
        name, argument, PARAMETER_FLAG, false, help                                                                    \
    }
#define NEEDED(name, argument, help)                                                                                   \
    {                                                                                                                  \
        name, argument, PARAMETER_FLAG, true, help                                                                     \
    }
#define SWITCH(name, help)                                                                                             \
    {                                                                                                                  \
        name, NULL, PARAMETER_SWITCH, false, help                                                                      \
    }
#define SUBJECT(name, argument, help)                                                                                  \
    {                                                                                                                  \
        name, argument, PARAMETER_SUBJECT, true, help                                                                  \
    }

#define YES                                                                                                            \
    {                                                                                                                  \
        "yes", NULL, PARAMETER_SWITCH, true, "yes, for ever: nothing brings it back"                                   \
    }

#define HOOK SUBJECT("webhook", "WEBHOOK", "its id, whk_..."), NEEDED("account", "ACCOUNT", "the account")

#define RATE_FLAGS                                                                                                     \
    FLAG("requests", "N", "how many; 0: as many as it likes; without it, as the server's own option says"),            \
        FLAG("seconds", "N", "in how many seconds; default 60")

#define ADMIN  (OPTION_DATABASE | OPTION_OUTPUT | OPTION_REMOTE)
#define KEYS   (ADMIN | OPTION_MASTER_KEY)
#define MAILS  (ADMIN | OPTION_MAIL)
#define HOOKS  (KEYS | OPTION_WEBHOOK)
#define BESIDE (OPTION_DATABASE | OPTION_BESIDE)

#endif
