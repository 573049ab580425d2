/* SPDX-License-Identifier: Apache-2.0 */
/* Every command of the program, one row each: what runs, what --help, the manual page and the completions say. */
#ifndef HALLMARK_APP_COMMAND_H
#define HALLMARK_APP_COMMAND_H

#include "app/option.h"

#define COMMAND_PARAMETERS_MAX 14

enum command_exit {
    COMMAND_DONE = 0,
    COMMAND_FAILED = 1,
    COMMAND_USAGE = 2,
    COMMAND_BESIDE = 3, /* it works only beside the database, and was to work over HTTP */
    COMMAND_EXIT__MAX
};

enum parameter_kind { PARAMETER_FLAG, PARAMETER_SWITCH, PARAMETER_SUBJECT /* stands without a flag */ };

struct command_parameter {
    const char *name;     /* NULL ends the list */
    const char *argument; /* what stands for the value in the help */
    enum parameter_kind kind;
    bool required;
    const char *help;
};

struct command;

struct command_input {
    struct configuration *configuration;
    const struct command *command;
    const char *values[COMMAND_PARAMETERS_MAX]; /* beside command->parameters; NULL: not given; a switch: "true" */
    h2o_mem_pool_t *pool;                       /* of the process */
};

struct command {
    const char *noun, *verb; /* verb NULL: the command is one word */
    unsigned groups;         /* which options it knows */
    const char *help;
    struct command_parameter parameters[COMMAND_PARAMETERS_MAX];
    enum command_exit (*run)(struct command_input *input);
};

size_t command_count(void);
const struct command *command_at(size_t index);
const struct command *command_find(const char *noun, const char *verb);

/* The value of a parameter of the command, or NULL. Asserts that the command declares it. */
const char *command_value(const struct command_input *input, const char *name);

/* Reads the words behind the command into options and parameters. False with a sentence (malloc). */
__attribute__((warn_unused_result)) bool command_read(struct command_input *input, int count, char **words,
                                                      char **message_out);

/* What an exit code tells, for the manual page. */
const char *command_exit_text(enum command_exit exit_code);

/* Says what went wrong on standard error, in one line; returns COMMAND_FAILED, COMMAND_USAGE or COMMAND_BESIDE for the
 * caller to return. */
enum command_exit command_failed(const char *format, ...) __attribute__((format(printf, 1, 2)));
enum command_exit command_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));
enum command_exit command_beside(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
