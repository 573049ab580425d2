/* SPDX-License-Identifier: Apache-2.0 */
#include "app/command.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static size_t parameter_index(const struct command *command, const char *name)
{
    for (size_t i = 0; i < COMMAND_PARAMETERS_MAX && command->parameters[i].name != NULL; ++i) {
        if (strcmp(command->parameters[i].name, name) == 0)
            return i;
    }
    return SIZE_MAX;
}

const char *command_value(const struct command_input *input, const char *name)
{
    size_t index = parameter_index(input->command, name);
    assert(index != SIZE_MAX);
    return input->values[index];
}

static bool refuse(char **message_out, const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool refuse(char **message_out, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(message_out, format, arguments) < 0)
        abort();
    va_end(arguments);
    return false;
}

static bool take_parameter(struct command_input *input, size_t index, const char *value, char **message_out)
{
    if (input->values[index] != NULL)
        return refuse(message_out, "--%s is given twice", input->command->parameters[index].name);
    input->values[index] = value;
    return true;
}

static bool take_subject(struct command_input *input, const char *word, char **message_out)
{
    for (size_t i = 0; i < COMMAND_PARAMETERS_MAX && input->command->parameters[i].name != NULL; ++i) {
        if (input->command->parameters[i].kind == PARAMETER_SUBJECT && input->values[i] == NULL)
            return take_parameter(input, i, word, message_out);
    }
    return refuse(message_out, "\"%s\" is one word too many", word);
}

/* "--name", "--name=value" or "--name value"; *next is advanced when the value is the next word. */
static bool take_flag(struct command_input *input, int count, char **words, int *next, char **message_out)
{
    char name[OPTION_VARIABLE_BYTES_MAX];
    const char *word = words[*next] + 2, *equals = strchr(word, '=');
    size_t len = equals == NULL ? strlen(word) : (size_t)(equals - word);
    if (len == 0 || len >= sizeof(name))
        return refuse(message_out, "--%.*s is not known", (int)len, word);
    memcpy(name, word, len);
    name[len] = '\0';
    size_t index = parameter_index(input->command, name);
    const struct option_row *option = option_find(name, input->command->groups);
    if (index == SIZE_MAX && option == NULL)
        return refuse(message_out, "--%s is not known here", name);
    bool is_switch =
        index != SIZE_MAX ? input->command->parameters[index].kind == PARAMETER_SWITCH : option->argument == NULL;
    const char *value = equals != NULL ? equals + 1 : "true";
    if (equals == NULL && !is_switch) {
        if (*next + 1 >= count)
            return refuse(message_out, "--%s needs a value", name);
        value = words[++*next];
    }
    if (index != SIZE_MAX)
        return take_parameter(input, index, value, message_out);
    const char *wrong = option->apply(input->configuration, value);
    return wrong == NULL || refuse(message_out, "--%s: \"%s\" will not do: %s", name, value, wrong);
}

bool command_read(struct command_input *input, int count, char **words, char **message_out)
{
    for (int i = 0; i < count; ++i) {
        bool taken = strncmp(words[i], "--", 2) == 0 ? take_flag(input, count, words, &i, message_out)
                                                     : take_subject(input, words[i], message_out);
        if (!taken)
            return false;
    }
    for (size_t i = 0; i < COMMAND_PARAMETERS_MAX && input->command->parameters[i].name != NULL; ++i) {
        const struct command_parameter *parameter = &input->command->parameters[i];
        if (parameter->required && input->values[i] == NULL)
            return refuse(message_out, "%s%s is missing: %s", parameter->kind == PARAMETER_SUBJECT ? "" : "--",
                          parameter->name, parameter->help);
    }
    return true;
}

const char *command_exit_text(enum command_exit exit_code)
{
    static const char *const texts[COMMAND_EXIT__MAX] = {
        [COMMAND_DONE] = "done",
        [COMMAND_FAILED] = "not done; standard error says why",
        [COMMAND_USAGE] = "the words of the command line are wrong",
        [COMMAND_BESIDE] = "the command works only beside the database, and HALLMARK_URL names a server",
    };
    return texts[exit_code];
}

__attribute__((format(printf, 1, 0))) static void say(const char *format, va_list arguments)
{
    fputs("hallmark: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
}

enum command_exit command_failed(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(format, arguments);
    va_end(arguments);
    return COMMAND_FAILED;
}

enum command_exit command_usage(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(format, arguments);
    va_end(arguments);
    return COMMAND_USAGE;
}

enum command_exit command_beside(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(format, arguments);
    va_end(arguments);
    return COMMAND_BESIDE;
}
