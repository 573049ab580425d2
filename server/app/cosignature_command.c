/* SPDX-License-Identifier: Apache-2.0 */
#include "app/cosignature_command.h"

#include "app/admin.h"
#include "seal/checkpoint.h"
#include "seal/cosignature.h"
#include "seal/seal_log.h"

#include <errno.h>
#include <stdio.h>

#define NOTE_BYTES_MAX 16384
#define WITNESSES_MAX  64
#define US_PER_SECOND  1000000

struct witness {
    int64_t id;
    struct note_verifier key;
    struct cosignature cosignature;
};

struct adding {
    struct db_sync *db;
    h2o_mem_pool_t *pool;
    h2o_iovec_t note;
    struct checkpoint checkpoint;
    struct witness witnesses[WITNESSES_MAX];
    size_t count; /* of those that have cosigned */
};

/* --- the file ---------------------------------------------------------------------------------------------------- */

static bool read_note(struct command_input *input, h2o_iovec_t *out)
{
    const char *path = command_value(input, "file");
    char *bytes = h2o_mem_alloc_pool(input->pool, NOTE_BYTES_MAX);
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    if (file == NULL) {
        command_failed("%s: %s", path, strerror(errno));
        return false;
    }
    *out = (h2o_iovec_t){bytes, fread(bytes, 1, NOTE_BYTES_MAX, file)};
    bool done = ferror(file) == 0 && feof(file) != 0;
    if (file != stdin)
        fclose(file);
    if (!done)
        command_failed("%s: it cannot be read, or is longer than any note", path);
    return done;
}

/* --- what of it is ours ------------------------------------------------------------------------------------------ */

/* The text that was cosigned has to be, to the byte, the one that our log has signed. */
static enum command_exit check_text(struct adding *adding)
{
    struct db_parameters parameters;
    const struct db_result *result;
    h2o_iovec_t text, lines, ours;
    if (!note_part(adding->note, &text, &lines) || !checkpoint_parse(text, &adding->checkpoint))
        return command_failed("the file has no checkpoint with signatures");
    db_parameters_start(&parameters);
    db_add_i64(&parameters, SEAL_LOG_ID);
    db_add_i64(&parameters, (int64_t)adding->checkpoint.size);
    if (db_sync_run(adding->db, STATEMENT_CHECKPOINT_FIND, &parameters, &result) != DB_DONE)
        return admin_refused(adding->db, result);
    if (db_result_rows(result) == 0 || !note_part(db_result_text(result, 0, 0), &ours, &lines) ||
        !slice_equal(ours, text))
        return command_failed("what was cosigned is no checkpoint of this log");
    return COMMAND_DONE;
}

/* One wrong signature spoils the file: something is amiss with this witness. */
static enum command_exit take(struct adding *adding, int64_t id, h2o_iovec_t verifier)
{
    struct witness *witness = &adding->witnesses[adding->count];
    if (!note_witness_parse(verifier, &witness->key))
        return command_failed("the key of witness %lld cannot be read", (long long)id);
    witness->id = id;
    switch (cosignature_find(adding->pool, adding->note, &witness->key, &witness->cosignature)) {
    case COSIGNATURE_NONE:
        return COMMAND_DONE;
    case COSIGNATURE_WRONG:
        return command_failed("the cosignature of %s is wrong: nothing is kept", witness->key.name);
    case COSIGNATURE_RIGHT:
        ++adding->count;
    }
    return COMMAND_DONE;
}

static enum command_exit find_cosignatures(struct adding *adding)
{
    const struct db_result *result;
    struct db_parameters none;
    enum command_exit exit_code = COMMAND_DONE;
    db_parameters_start(&none);
    if (db_sync_run(adding->db, STATEMENT_WITNESS_LIST, &none, &result) != DB_DONE)
        return admin_refused(adding->db, result);
    for (size_t row = 0; exit_code == COMMAND_DONE && row < db_result_rows(result); ++row) {
        bool is_active = slice_equal(db_result_text(result, row, 2), SLICE("active"));
        if (is_active && adding->count < WITNESSES_MAX)
            exit_code = take(adding, db_result_i64(result, row, 0), db_result_text(result, row, 3));
    }
    if (exit_code == COMMAND_DONE && adding->count == 0)
        return command_failed("none of our witnesses has cosigned it; hallmark witness list shows them");
    return exit_code;
}

/* --- kept -------------------------------------------------------------------------------------------------------- */

static enum command_exit keep(struct adding *adding, const struct witness *witness)
{
    struct db_parameters parameters;
    const struct db_result *result;
    db_parameters_start(&parameters);
    db_add_i64(&parameters, SEAL_LOG_ID);
    db_add_i64(&parameters, (int64_t)adding->checkpoint.size);
    db_add_i64(&parameters, witness->id);
    db_add_i64(&parameters, witness->cosignature.at_s * US_PER_SECOND);
    db_add_text(&parameters, witness->cosignature.line);
    if (db_sync_run(adding->db, STATEMENT_COSIGNATURE_ADD, &parameters, &result) != DB_DONE)
        return admin_refused(adding->db, result);
    printf("%s %llu: %s\n", witness->key.name, (unsigned long long)adding->checkpoint.size,
           db_result_rows(result) == 1 ? "kept" : "was there already");
    return COMMAND_DONE;
}

enum command_exit cosignature_run(struct command_input *input)
{
    struct adding *adding = h2o_mem_alloc_pool(input->pool, sizeof(*adding));
    *adding = (struct adding){.pool = input->pool};
    if (!read_note(input, &adding->note))
        return COMMAND_FAILED;
    adding->db = admin_open(input);
    if (adding->db == NULL)
        return COMMAND_FAILED;
    enum command_exit exit_code = check_text(adding);
    if (exit_code == COMMAND_DONE)
        exit_code = find_cosignatures(adding);
    for (size_t i = 0; exit_code == COMMAND_DONE && i < adding->count; ++i)
        exit_code = keep(adding, &adding->witnesses[i]);
    db_sync_close(adding->db);
    return exit_code;
}
