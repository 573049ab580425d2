/* SPDX-License-Identifier: Apache-2.0 */
#include "app/history_verify_command.h"

#include "app/export_file.h"
#include "app/verifier_words.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static void print_proven(const struct export_check *check)
{
    unsigned long long changes = check->changes, size = check->size;
    if (check->is_archive)
        printf("proven: %llu changes, %llu of them of the month %s, in a log of %llu", changes,
               (unsigned long long)check->month_changes, check->month, size);
    else
        printf("proven: %llu changes of account %lld, %s, in a log of %llu", changes, (long long)check->account_id,
               check->is_complete ? "all from the first to the last" : "a selection", size);
    if (check->nonce.base != NULL)
        printf("; it was closed after the nonce was known");
    if (check->gaps.changes > 0)
        printf("; %llu more were archived, as the history tells", (unsigned long long)check->gaps.changes);
    if (check->erasures.changes > 0)
        printf("; values of %llu were erased, as the history tells", (unsigned long long)check->erasures.changes);
    printf("\n");
}

enum command_exit history_verify_run(struct command_input *input)
{
    struct export_check check = {.verifier_count = 0};
    const char *path = command_value(input, "file");
    uint8_t digest[DIGEST_BYTES];
    check.nonce = slice_of(command_value(input, "nonce"));
    if (!verifier_words_read("verifier", command_value(input, "verifier"), check.verifiers, EXPORT_VERIFIERS_MAX,
                             &check.verifier_count))
        return COMMAND_USAGE;
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    if (file == NULL)
        return command_failed("%s: %s", path, strerror(errno));
    bool done = export_file_check(&check, file, stdout, digest);
    if (file != stdin)
        fclose(file);
    if (done)
        print_proven(&check);
    export_check_free(&check);
    return done ? COMMAND_DONE : COMMAND_FAILED;
}
