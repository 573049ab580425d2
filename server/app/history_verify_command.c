/* SPDX-License-Identifier: Apache-2.0 */
#include "app/history_verify_command.h"

#include "app/export_file.h"
#include "app/verifier_words.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define KEPT_BYTES_MAX 32768 /* a note, and a proof of 128 hashes with a note */

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
    if (check->kept != NULL)
        printf("; one log with the checkpoint of %llu that was kept", (unsigned long long)check->kept->size);
    print_witnesses(check);
    if (check->nonce.base != NULL)
        printf("; it was closed after the nonce was known");
    if (check->gaps.changes > 0)
        printf("; %llu more were archived, as the history tells", (unsigned long long)check->gaps.changes);
    if (check->erasures.changes > 0)
        printf("; values of %llu were erased, as the history tells", (unsigned long long)check->erasures.changes);
    printf("\n");
}

/* --- what was kept ----------------------------------------------------------------------------------------------- */

/* A note or a proof; SLICE_NONE after having said why. */
static h2o_iovec_t read_file(const struct command_input *input, const char *name)
{
    const char *path = command_value(input, name);
    char *bytes = h2o_mem_alloc_pool(input->pool, KEPT_BYTES_MAX);
    FILE *file = fopen(path, "re");
    size_t len = file == NULL ? 0 : fread(bytes, 1, KEPT_BYTES_MAX, file);
    bool done = file != NULL && ferror(file) == 0 && feof(file) != 0;
    if (!done)
        command_failed("--%s: %s: %s", name, path,
                       file == NULL ? strerror(errno) : "it cannot be read, or is too long");
    if (file != NULL)
        fclose(file);
    return done ? (h2o_iovec_t){bytes, len} : SLICE_NONE;
}

static bool read_kept(const struct command_input *input, struct export_check *check, struct checkpoint *kept,
                      struct growth *growth)
{
    h2o_iovec_t note = read_file(input, "kept"), proof = note.base == NULL ? note : read_file(input, "growth");
    if (proof.base == NULL)
        return false;
    h2o_iovec_t text = note_open(note, check->verifiers, check->verifier_count);
    if (text.base == NULL || !checkpoint_parse(text, kept))
        command_failed("--kept: it is no checkpoint that one of the keys has signed");
    else if (!growth_parse(proof, growth))
        command_failed("--growth: it is no answer of /history/consistency");
    else
        check->kept = kept;
    check->growth = growth;
    return check->kept != NULL;
}

/* --- the command ------------------------------------------------------------------------------------------------- */

static bool read_keys(const struct command_input *input, struct export_check *check)
{
    const char *witnesses = command_value(input, "witness");
    return verifier_words_read("verifier", command_value(input, "verifier"), check->verifiers, EXPORT_VERIFIERS_MAX,
                               &check->verifier_count) &&
           (witnesses == NULL ||
            verifier_words_read_witnesses(witnesses, check->witnesses, EXPORT_WITNESSES_MAX, &check->witness_count));
}

enum command_exit history_verify_run(struct command_input *input)
{
    struct checkpoint kept;
    struct growth growth;
    struct export_check check = {.verifier_count = 0};
    const char *path = command_value(input, "file");
    uint8_t digest[DIGEST_BYTES];
    check.nonce = slice_of(command_value(input, "nonce"));
    bool has_kept = command_value(input, "kept") != NULL;
    if (!read_keys(input, &check))
        return COMMAND_USAGE;
    if (has_kept != (command_value(input, "growth") != NULL))
        return command_usage("--kept and --growth go together");
    if (has_kept && !read_kept(input, &check, &kept, &growth))
        return COMMAND_FAILED;
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
