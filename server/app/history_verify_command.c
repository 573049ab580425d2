/* SPDX-License-Identifier: Apache-2.0 */
#include "app/history_verify_command.h"

#include "app/export_file.h"
#include "app/verifier_words.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static void print_witnesses(const struct export_check *check)
{
    for (size_t i = 0; i < check->witness_count; ++i) {
        char time[sizeof("2026-11-27T00:00:00Z")];
        struct tm parts;
        time_t at = (time_t)check->cosigned_s[i];
        if (at != 0 && gmtime_r(&at, &parts) != NULL && strftime(time, sizeof(time), "%Y-%m-%dT%H:%M:%SZ", &parts) > 0)
            printf("; cosigned by %s at %s", check->witnesses[i].name, time);
    }
}

static void print_proven(const struct export_check *check)
{
    unsigned long long changes = check->changes, size = check->size;
    if (check->is_archive)
        printf("proven: %llu changes, %llu of them of the month %s, in a log of %llu", changes,
               (unsigned long long)check->month_changes, check->month, size);
    else
        printf("proven: %llu changes of account %lld, %s, in a log of %llu", changes, (long long)check->account_id,
               check->is_complete ? "all from the first to the last" : "a selection", size);
    print_witnesses(check);
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
    const char *witnesses = command_value(input, "witness");
    if (witnesses != NULL &&
        !verifier_words_read_witnesses(witnesses, check.witnesses, EXPORT_WITNESSES_MAX, &check.witness_count))
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
