/* SPDX-License-Identifier: Apache-2.0 */
#include "app/checkpoint_publish_command.h"

#include "app/admin.h"
#include "app/checkpoint_journal.h"
#include "app/checkpoint_post.h"
#include "app/verifier_words.h"
#include "seal/seal_log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define PAGE_ROWS      100
#define VERIFIERS_MAX  SEAL_KEYS_MAX
#define ROUND_S        1
#define WAIT_S_MAX     60 /* between two tries while somebody does not answer */
#define NOTE_BYTES_MAX 16384

enum outcome {
    PUBLISHED,
    NOT_NOW, /* the database or the receiver did not answer: it was said, and is worth another try */
    REFUSED, /* the log is not what was published, or the file cannot be written: somebody has to look */
};

struct publishing {
    const struct command_input *input;
    struct note_verifier verifiers[VERIFIERS_MAX];
    size_t verifier_count;
    const char *url;  /* NULL: nothing is sent */
    bool has_journal; /* else `journal` remembers the last one for as long as we run */
    struct checkpoint_journal journal;
    struct db_sync *db;
};

/* --- one checkpoint ---------------------------------------------------------------------------------------------- */

static enum outcome refused(const char *why, uint64_t size)
{
    command_failed("nothing is published any more: %s (size %llu)", why, (unsigned long long)size);
    return REFUSED;
}

static enum outcome not_now(const char *who, h2o_iovec_t why)
{
    command_failed("%s: %.*s", who, SLICE_ARGS(why));
    return NOT_NOW;
}

/* Whether the database has this tree under the checkpoint. */
static enum outcome check_root(struct publishing *publishing, uint64_t size, const struct merkle_hash *wanted,
                               const char *why)
{
    struct merkle_hash root;
    if (!seal_log_root_at(publishing->db, size, size, &root)) {
        const char *message = db_sync_message(publishing->db);
        return message[0] == '\0' ? refused("the log has holes", size) : not_now("the database", slice_of(message));
    }
    return merkle_equal(&root, wanted) ? PUBLISHED : refused(why, size);
}

static bool read_note(const struct publishing *publishing, h2o_iovec_t note, struct checkpoint *out)
{
    h2o_iovec_t text =
        publishing->verifier_count == 0 ? note : note_open(note, publishing->verifiers, publishing->verifier_count);
    return note.len <= NOTE_BYTES_MAX && text.base != NULL && checkpoint_parse(text, out);
}

static enum outcome publish_one(struct publishing *publishing, h2o_mem_pool_t *pool, h2o_iovec_t note)
{
    struct checkpoint checkpoint;
    h2o_iovec_t wrong;
    if (!read_note(publishing, note, &checkpoint))
        return refused("the next checkpoint is none, or none of the keys has signed it", publishing->journal.size);
    enum outcome outcome =
        check_root(publishing, checkpoint.size, &checkpoint.root, "the next checkpoint is not one of the log");
    if (outcome != PUBLISHED)
        return outcome;
    if (publishing->url != NULL && !checkpoint_post(pool, publishing->url, note, &wrong))
        return not_now(publishing->url, wrong);
    if (publishing->has_journal && !checkpoint_journal_append(&publishing->journal, note, &checkpoint)) {
        command_failed("%s: %s", publishing->journal.path, strerror(errno));
        return REFUSED;
    }
    publishing->journal.has_last = true;
    publishing->journal.size = checkpoint.size;
    publishing->journal.root = checkpoint.root;
    return PUBLISHED;
}

/* --- what is new ------------------------------------------------------------------------------------------------- */

/* Before anything new: the log is still the one whose last checkpoint was published. */
static enum outcome check_last(struct publishing *publishing, uint64_t newest)
{
    const struct checkpoint_journal *journal = &publishing->journal;
    if (newest < journal->size)
        return refused("the log is shorter than what was published of it", journal->size);
    return check_root(publishing, journal->size, &journal->root, "the log is another than what was published of it");
}

static bool ask_page(struct publishing *publishing, const struct db_result **out)
{
    struct db_parameters parameters;
    db_parameters_start(&parameters);
    db_add_i64(&parameters, SEAL_LOG_ID);
    db_add_i64(&parameters, (int64_t)publishing->journal.size);
    db_add_i64(&parameters, PAGE_ROWS);
    return db_sync_run(publishing->db, STATEMENT_CHECKPOINT_NEXT, &parameters, out) == DB_DONE;
}

/* The notes are copied: a result is valid until the next question. */
static enum outcome publish_page(struct publishing *publishing, h2o_mem_pool_t *pool, size_t *rows_out)
{
    const struct db_result *page;
    h2o_iovec_t notes[PAGE_ROWS];
    enum outcome outcome = PUBLISHED;
    if (!ask_page(publishing, &page))
        return not_now("the database", slice_of(db_sync_message(publishing->db)));
    *rows_out = db_result_rows(page);
    for (size_t row = 0; row < *rows_out; ++row)
        notes[row] = slice_copy(pool, db_result_text(page, row, 1));
    for (size_t row = 0; outcome == PUBLISHED && row < *rows_out; ++row)
        outcome = publish_one(publishing, pool, notes[row]);
    return outcome;
}

/* A first publication begins with the newest checkpoint; it stands for all before it. */
static enum outcome publish_new(struct publishing *publishing, h2o_mem_pool_t *pool, h2o_iovec_t newest)
{
    struct checkpoint checkpoint;
    size_t rows = PAGE_ROWS;
    if (!publishing->journal.has_last)
        return publish_one(publishing, pool, newest);
    if (!checkpoint_parse(newest, &checkpoint))
        return refused("the newest checkpoint is none", publishing->journal.size);
    if (checkpoint.size == publishing->journal.size)
        return check_root(publishing, checkpoint.size, &publishing->journal.root,
                          "the log is another than what was published of it");
    enum outcome outcome = check_last(publishing, checkpoint.size);
    while (outcome == PUBLISHED && rows == PAGE_ROWS)
        outcome = publish_page(publishing, pool, &rows);
    return outcome;
}

static enum outcome run_round(struct publishing *publishing)
{
    h2o_mem_pool_t pool;
    enum outcome outcome = NOT_NOW;
    if (publishing->db == NULL)
        publishing->db = admin_open(publishing->input);
    if (publishing->db == NULL)
        return NOT_NOW;
    h2o_mem_init_pool(&pool);
    h2o_iovec_t newest = seal_log_last_note(publishing->db, &pool);
    if (newest.base != NULL)
        outcome = publish_new(publishing, &pool, newest);
    else if (db_sync_message(publishing->db)[0] != '\0')
        outcome = not_now("the database", slice_of(db_sync_message(publishing->db)));
    else if (publishing->journal.has_last)
        outcome = refused("the log is empty, and was not", publishing->journal.size);
    else
        outcome = not_now("the database", SLICE("nothing of the history was sealed yet"));
    h2o_mem_clear_pool(&pool);
    if (outcome == NOT_NOW) {
        db_sync_close(publishing->db);
        publishing->db = NULL;
    }
    return outcome;
}

/* --- the command ------------------------------------------------------------------------------------------------- */

/* Ends only when somebody has to look. A signal ends the process, at any point: what was appended is whole, and what
 * was sent and not written down is sent again. */
static enum command_exit follow(struct publishing *publishing)
{
    enum outcome outcome;
    struct timespec rest = {.tv_sec = ROUND_S};
    while ((outcome = run_round(publishing)) != REFUSED) {
        rest.tv_sec = outcome == PUBLISHED ? ROUND_S : 2 * rest.tv_sec;
        if (rest.tv_sec > WAIT_S_MAX)
            rest.tv_sec = WAIT_S_MAX;
        nanosleep(&rest, NULL);
    }
    return COMMAND_FAILED;
}

static enum command_exit read_wishes(const struct command_input *input, struct publishing *out)
{
    const char *verifier = command_value(input, "verifier"), *to = command_value(input, "to");
    *out = (struct publishing){.input = input, .url = command_value(input, "post"), .has_journal = to != NULL};
    if (out->url == NULL && to == NULL)
        return command_usage("say where to: --to FILE, --post URL, or both");
    const char *fault = out->url == NULL ? NULL : checkpoint_post_fault(out->url);
    if (fault != NULL)
        return command_usage("--post: %s", fault);
    if (verifier != NULL &&
        !verifier_words_read("verifier", verifier, out->verifiers, VERIFIERS_MAX, &out->verifier_count))
        return COMMAND_USAGE;
    return !out->has_journal || checkpoint_journal_open(&out->journal, to) ? COMMAND_DONE : COMMAND_FAILED;
}

enum command_exit checkpoint_publish_run(struct command_input *input)
{
    struct publishing publishing;
    enum command_exit exit_code = read_wishes(input, &publishing);
    if (exit_code != COMMAND_DONE)
        return exit_code;
    if (command_value(input, "follow") != NULL)
        exit_code = follow(&publishing);
    else
        exit_code = run_round(&publishing) == PUBLISHED ? COMMAND_DONE : COMMAND_FAILED;
    if (publishing.has_journal)
        checkpoint_journal_close(&publishing.journal);
    db_sync_close(publishing.db);
    return exit_code;
}
