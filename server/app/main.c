/* SPDX-License-Identifier: Apache-2.0 */
#include "app/command.h"
#include "app/help.h"
#include "app/remote.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static bool is_help(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

static bool asks_for_help(int count, char **words)
{
    for (int i = 0; i < count; ++i) {
        if (is_help(words[i]))
            return true;
    }
    return false;
}

/* Beside the database, or over HTTP. */
static enum command_exit run_where(struct command_input *input)
{
    const struct configuration *configuration = input->configuration;
    if (configuration->server_url != NULL)
        return remote_run(input);
    if (configuration->expected_version != 0)
        return command_usage("--expected-version is for work over HTTP: give --url, too");
    return input->command->run(input);
}

static enum command_exit run(const struct command *command, int count, char **words)
{
    struct configuration configuration;
    struct command_input input = {&configuration, command, {NULL}, NULL};
    h2o_mem_pool_t pool;
    char *message = NULL;
    if (asks_for_help(count, words)) {
        help_command(stdout, command);
        return COMMAND_DONE;
    }
    if (!configuration_start(&configuration, command->groups, &message) ||
        !command_read(&input, count, words, &message)) {
        enum command_exit exit_code =
            command_usage("%s\nTry: hallmark %s%s%s --help", message, command->noun, command->verb == NULL ? "" : " ",
                          command->verb == NULL ? "" : command->verb);
        free(message);
        return exit_code;
    }
    h2o_mem_init_pool(&pool);
    input.pool = &pool;
    enum command_exit exit_code = run_where(&input);
    h2o_mem_clear_pool(&pool);
    configuration_wipe(&configuration);
    return exit_code;
}

static enum command_exit dispatch(int argc, char **argv)
{
    if (argc < 2 || is_help(argv[1])) {
        help_overview(argc < 2 ? stderr : stdout);
        return argc < 2 ? COMMAND_USAGE : COMMAND_DONE;
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("hallmark " HALLMARK_VERSION);
        return COMMAND_DONE;
    }
    const struct command *command = argc > 2 ? command_find(argv[1], argv[2]) : NULL;
    if (command != NULL)
        return run(command, argc - 3, argv + 3);
    command = command_find(argv[1], NULL);
    if (command != NULL)
        return run(command, argc - 2, argv + 2);
    if (asks_for_help(argc - 1, argv + 1) && help_noun(stdout, argv[1]))
        return COMMAND_DONE;
    return command_usage("\"%s%s%s\" is no command; hallmark --help lists them", argv[1], argc > 2 ? " " : "",
                         argc > 2 ? argv[2] : "");
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN); /* libh2o writes with plain writev */
    secret_start();
    enum command_exit exit_code = dispatch(argc, argv);
    bool written = fflush(stdout) == 0 && ferror(stdout) == 0; /* a secret that nobody saw is lost */
    if (exit_code == COMMAND_DONE && !written)
        exit_code = command_failed("the result could not be written");
    return (int)exit_code;
}
