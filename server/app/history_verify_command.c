/* SPDX-License-Identifier: Apache-2.0 */
#include "app/history_verify_command.h"

#include "app/verifier_words.h"
#include "seal/export_check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static void print_fault(const struct export_check *check, h2o_iovec_t wrong)
{
    printf("NOT PROVEN: line %llu", (unsigned long long)check->line);
    if (check->has_begun)
        printf(" (behind change %llu of the account)", (unsigned long long)check->seq);
    printf(": %.*s\n", SLICE_ARGS(wrong));
}

/* The sentence is printed before what it lies in is given back. */
static bool check_line(struct export_check *check, h2o_iovec_t line)
{
    h2o_mem_pool_t pool;
    h2o_iovec_t wrong = SLICE_NONE;
    h2o_mem_init_pool(&pool);
    bool done = export_check_line(check, &pool, line, &wrong);
    if (!done)
        print_fault(check, wrong);
    h2o_mem_clear_pool(&pool);
    return done;
}

static bool check_file(struct export_check *check, FILE *file)
{
    char *bytes = NULL;
    size_t room = 0;
    ssize_t len;
    bool done = true;
    h2o_iovec_t wrong;
    while (done && (len = getline(&bytes, &room, file)) > 0) {
        h2o_iovec_t line = {bytes, (size_t)len};
        if (line.base[line.len - 1] == '\n')
            --line.len;
        done = check_line(check, line);
    }
    free(bytes);
    if (done && !export_check_end(check, &wrong)) {
        print_fault(check, wrong);
        done = false;
    }
    return done;
}

static void print_proven(const struct export_check *check)
{
    printf("proven: %llu changes of account %lld, %s, in a log of %llu", (unsigned long long)check->changes,
           (long long)check->account_id, check->is_complete ? "all from the first to the last" : "a selection",
           (unsigned long long)check->size);
    if (check->nonce.base != NULL)
        printf("; it was closed after the nonce was known");
    if (check->erasures.changes > 0)
        printf("; values of %llu were erased, as the history tells", (unsigned long long)check->erasures.changes);
    printf("\n");
}

enum command_exit history_verify_run(struct command_input *input)
{
    struct export_check check = {.verifier_count = 0};
    const char *path = command_value(input, "file");
    check.nonce = slice_of(command_value(input, "nonce"));
    if (!verifier_words_read("verifier", command_value(input, "verifier"), check.verifiers, EXPORT_VERIFIERS_MAX,
                             &check.verifier_count))
        return COMMAND_USAGE;
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    if (file == NULL)
        return command_failed("%s: %s", path, strerror(errno));
    bool done = check_file(&check, file);
    if (file != stdin)
        fclose(file);
    if (done)
        print_proven(&check);
    export_check_free(&check);
    return done ? COMMAND_DONE : COMMAND_FAILED;
}
