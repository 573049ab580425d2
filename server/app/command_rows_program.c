/* SPDX-License-Identifier: Apache-2.0 */
#include "app/command_rows.h"

#include "app/manual_command.h"
#include "app/migrate.h"
#include "app/serve.h"

static const struct command rows[] = {
    {"serve",
     NULL,
     OPTION_DATABASE | OPTION_SERVER | OPTION_MASTER_KEY,
     "take requests until SIGTERM; SIGHUP reads certificate and key again",
     {{0}},
     serve_run},

    {"migrate", NULL, OPTION_DATABASE, "bring the database to this version's schema", {{0}}, migrate_run},

    {"manual", NULL, 0, "print the manual page", {{0}}, manual_page_run},

    {"completion",
     NULL,
     0,
     "print completions for a shell",
     {SUBJECT("shell", "SHELL", "bash, zsh or fish")},
     manual_completion_run},
};

const struct command_rows command_rows_program = {rows, sizeof(rows) / sizeof(rows[0])};
