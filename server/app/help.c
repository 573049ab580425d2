/* SPDX-License-Identifier: Apache-2.0 */
#include "app/help.h"

#include "app/remote_table.h"

static void synopsis(FILE *out, const struct command *command)
{
    fprintf(out, "hallmark %s%s%s", command->noun, command->verb == NULL ? "" : " ",
            command->verb == NULL ? "" : command->verb);
    for (const struct command_parameter *p = command->parameters; p->name != NULL; ++p) {
        const char *open = p->required ? "" : "[", *close = p->required ? "" : "]";
        if (p->kind == PARAMETER_SUBJECT)
            fprintf(out, " %s%s%s", open, p->argument, close);
        else if (p->kind == PARAMETER_SWITCH)
            fprintf(out, " %s--%s%s", open, p->name, close);
        else
            fprintf(out, " %s--%s %s%s", open, p->name, p->argument, close);
    }
}

void help_overview(FILE *out)
{
    fputs("hallmark " HALLMARK_VERSION
          ": keys and tokens for applications, a gateway, and a history that names them\n\nUsage:\n",
          out);
    for (size_t i = 0; i < command_count(); ++i) {
        const struct command *command = command_at(i);
        char name[64];
        snprintf(name, sizeof(name), "%s%s%s", command->noun, command->verb == NULL ? "" : " ",
                 command->verb == NULL ? "" : command->verb);
        fprintf(out, "  hallmark %-24s %s\n", name, command->help);
    }
    fputs("\nhallmark COMMAND --help tells more of one. Every option can also be set by its HALLMARK_ variable.\n",
          out);
}

/* What works only beside the database tells nothing of servers. */
static unsigned told_groups(const struct command *command)
{
    bool is_beside = remote_table_beside(command->noun, command->verb) != NULL;
    return command->groups & ~(unsigned)(is_beside ? OPTION_BESIDE | OPTION_REMOTE : OPTION_BESIDE);
}

static void option_lines(FILE *out, unsigned groups)
{
    for (size_t i = 0; i < option_count(); ++i) {
        const struct option_row *row = option_at(i);
        char variable[OPTION_VARIABLE_BYTES_MAX];
        if ((row->group & groups) == 0)
            continue;
        option_variable(row, variable);
        fprintf(out, "  --%s%s%s\n      %s", row->name, row->argument == NULL ? "" : " ",
                row->argument == NULL ? "" : row->argument, row->help);
        if (row->standard != NULL && *row->standard != '\0')
            fprintf(out, "; default %s", row->standard);
        fprintf(out, " (%s)\n", variable);
    }
}

void help_command(FILE *out, const struct command *command)
{
    fputs("Usage: ", out);
    synopsis(out, command);
    fprintf(out, "\n\n%s\n", command->help);
    if (command->parameters[0].name != NULL)
        fputs("\nParameters:\n", out);
    for (const struct command_parameter *p = command->parameters; p->name != NULL; ++p)
        fprintf(out, "  %s%s%s%s\n      %s%s\n", p->kind == PARAMETER_SUBJECT ? "" : "--",
                p->kind == PARAMETER_SUBJECT ? p->argument : p->name, p->kind == PARAMETER_FLAG ? " " : "",
                p->kind == PARAMETER_FLAG ? p->argument : "", p->help, p->required ? " (required)" : "");
    if (told_groups(command) != 0) {
        fputs("\nOptions:\n", out);
        option_lines(out, told_groups(command));
    }
}

bool help_noun(FILE *out, const char *noun)
{
    bool found = false;
    for (size_t i = 0; i < command_count(); ++i) {
        if (strcmp(command_at(i)->noun, noun) != 0)
            continue;
        if (found)
            fputc('\n', out);
        help_command(out, command_at(i));
        found = true;
    }
    return found;
}

/* A dash at the start of a word is a macro's flag in mdoc; "\&" keeps it text, and "\-" is a real minus. */
static void roff_text(FILE *out, const char *text)
{
    for (; *text != '\0'; ++text) {
        if (*text == '\\')
            fputs("\\e", out);
        else if (*text == '-')
            fputs("\\-", out);
        else
            fputc(*text, out);
    }
}

static void manual_command(FILE *out, const struct command *command)
{
    fprintf(out, ".It Nm hallmark Cm %s", command->noun);
    if (command->verb != NULL)
        fprintf(out, " %s", command->verb);
    fputc('\n', out);
    roff_text(out, command->help);
    fputs(".\n", out);
    if (command->parameters[0].name == NULL)
        return;
    fputs(".Bl -tag -width Ds -compact\n", out);
    for (const struct command_parameter *p = command->parameters; p->name != NULL; ++p) {
        if (p->kind == PARAMETER_SUBJECT)
            fprintf(out, ".It Ar %s\n", p->argument);
        else
            fprintf(out, ".It Fl \\-%s%s%s\n", p->name, p->kind == PARAMETER_FLAG ? " Ar " : "",
                    p->kind == PARAMETER_FLAG ? p->argument : "");
        roff_text(out, p->help);
        fputs(".\n", out);
    }
    fputs(".El\n", out);
}

void help_manual(FILE *out)
{
    fputs(".Dd November 21, 2026\n.Dt HALLMARK 1\n.Os\n.Sh NAME\n.Nm hallmark\n"
          ".Nd OAuth 2.0 authorization server, resource gateway and change history\n"
          ".Sh SYNOPSIS\n.Nm\n.Ar command\n.Op Ar verb\n.Op Ar options\n.Sh DESCRIPTION\n"
          "Account admins make a key for each application; applications trade it for short\\-lived signed tokens;\n"
          "a gateway answers GET, POST, PUT and DELETE; every change is written, with the application's name, into a "
          "history.\n"
          ".Sh COMMANDS\n.Bl -tag -width Ds\n",
          out);
    for (size_t i = 0; i < command_count(); ++i)
        manual_command(out, command_at(i));
    fputs(".El\n.Sh OPTIONS\nA flag goes before its variable, the variable before the default.\n.Bl -tag -width Ds\n",
          out);
    for (size_t i = 0; i < option_count(); ++i) {
        const struct option_row *row = option_at(i);
        char variable[OPTION_VARIABLE_BYTES_MAX];
        option_variable(row, variable);
        fprintf(out, ".It Fl \\-%s%s%s , Ev %s\n", row->name, row->argument == NULL ? "" : " Ar ",
                row->argument == NULL ? "" : row->argument, variable);
        roff_text(out, row->help);
        fputs(".\n", out);
        if (row->standard != NULL && *row->standard != '\0') {
            fputs("Default: ", out);
            roff_text(out, row->standard);
            fputs(".\n", out);
        }
    }
    fputs(".El\n.Sh EXIT STATUS\n.Bl -tag -width Ds\n", out);
    for (int i = 0; i < COMMAND_EXIT__MAX; ++i)
        fprintf(out, ".It %d\n%s\n", i, command_exit_text((enum command_exit)i));
    fputs(".El\n.Sh SIGNALS\n.Bl -tag -width Ds\n"
          ".It SIGTERM\ndrain and stop\n.It SIGHUP\nread certificate and key again\n.El\n",
          out);
}

static void bash_words(FILE *out, const struct command *command)
{
    fprintf(out, "        '%s%s%s') words='--help", command->noun, command->verb == NULL ? "" : " ",
            command->verb == NULL ? "" : command->verb);
    for (const struct command_parameter *p = command->parameters; p->name != NULL; ++p) {
        if (p->kind != PARAMETER_SUBJECT)
            fprintf(out, " --%s", p->name);
    }
    for (size_t i = 0; i < option_count(); ++i) {
        if ((option_at(i)->group & told_groups(command)) != 0)
            fprintf(out, " --%s", option_at(i)->name);
    }
    fputs("' ;;\n", out);
}

static void bash_completion(FILE *out)
{
    fputs("_hallmark() {\n    local words='' current=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]}\n"
          "    [ \"$COMP_CWORD\" -gt 2 ] && case \"$command ${COMP_WORDS[2]}\" in\n",
          out);
    for (size_t i = 0; i < command_count(); ++i) {
        if (command_at(i)->verb != NULL)
            bash_words(out, command_at(i));
    }
    fputs("    esac\n    [ \"$COMP_CWORD\" -ge 2 ] && [ -z \"$words\" ] && case \"$command\" in\n", out);
    for (size_t i = 0; i < command_count(); ++i) {
        if (command_at(i)->verb == NULL)
            bash_words(out, command_at(i));
        else if (i == 0 || strcmp(command_at(i - 1)->noun, command_at(i)->noun) != 0) {
            fprintf(out, "        '%s') words='", command_at(i)->noun);
            for (size_t k = i; k < command_count() && strcmp(command_at(k)->noun, command_at(i)->noun) == 0; ++k)
                fprintf(out, "%s ", command_at(k)->verb);
            fputs("' ;;\n", out);
        }
    }
    fputs("    esac\n    [ \"$COMP_CWORD\" = 1 ] && words='--help", out);
    for (size_t i = 0; i < command_count(); ++i) {
        if (i == 0 || strcmp(command_at(i - 1)->noun, command_at(i)->noun) != 0)
            fprintf(out, " %s", command_at(i)->noun);
    }
    fputs("'\n    COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n}\ncomplete -o default -F _hallmark hallmark\n",
          out);
}

static void fish_completion(FILE *out)
{
    for (size_t i = 0; i < command_count(); ++i) {
        const struct command *command = command_at(i);
        if (i == 0 || strcmp(command_at(i - 1)->noun, command->noun) != 0)
            fprintf(out, "complete -c hallmark -n __fish_use_subcommand -a %s\n", command->noun);
        if (command->verb != NULL)
            fprintf(out, "complete -c hallmark -n '__fish_seen_subcommand_from %s' -a %s -d '%s'\n", command->noun,
                    command->verb, command->help);
        for (const struct command_parameter *p = command->parameters; p->name != NULL; ++p) {
            if (p->kind != PARAMETER_SUBJECT)
                fprintf(out, "complete -c hallmark -n '__fish_seen_subcommand_from %s' -l %s\n", command->noun,
                        p->name);
        }
    }
}

bool help_completion(FILE *out, const char *shell)
{
    if (strcmp(shell, "zsh") == 0)
        fputs("autoload -U +X bashcompinit && bashcompinit\n", out);
    if (strcmp(shell, "bash") == 0 || strcmp(shell, "zsh") == 0) {
        bash_completion(out);
        return true;
    }
    if (strcmp(shell, "fish") != 0)
        return false;
    fish_completion(out);
    return true;
}
