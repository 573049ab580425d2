/* SPDX-License-Identifier: Apache-2.0 */
#include "app/checkpoint_journal.h"

#include "app/command.h"
#include "app/durable.h"
#include "base/clock.h"
#include "base/text.h"
#include "seal/note.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define TAIL_BYTES_MAX   65536 /* some lines: a note with sixteen signatures has three thousand bytes */
#define LINE_BYTES_USUAL 1024

/* --- the last line ----------------------------------------------------------------------------------------------- */

static bool read_line(h2o_iovec_t line, struct checkpoint_journal *journal)
{
    struct checkpoint checkpoint;
    json_t *members = json_loadb(line.base, line.len, JSON_REJECT_DUPLICATES, NULL);
    const json_t *note = json_object_get(members, "note");
    bool done = json_is_string(note) &&
                checkpoint_parse((h2o_iovec_t){(char *)json_string_value(note), json_string_length(note)}, &checkpoint);
    if (done) {
        journal->has_last = true;
        journal->size = checkpoint.size;
        journal->root = checkpoint.root;
    }
    json_decref(members);
    return done;
}

static void read_tail(struct checkpoint_journal *journal, h2o_iovec_t tail)
{
    journal->has_torn_end = tail.len > 0 && tail.base[tail.len - 1] != '\n';
    while (tail.len > 0) {
        size_t begin = tail.len;
        while (begin > 0 && tail.base[begin - 1] != '\n')
            --begin;
        if (read_line(slice_from(tail, begin), journal))
            return;
        tail.len = begin > 0 ? begin - 1 : 0;
    }
}

/* What is there and tells no checkpoint is not ours to go on from. */
static const char *read_last(struct checkpoint_journal *journal)
{
    char tail[TAIL_BYTES_MAX];
    struct stat status;
    if (fstat(journal->file, &status) != 0)
        return strerror(errno);
    off_t from = status.st_size > TAIL_BYTES_MAX ? status.st_size - TAIL_BYTES_MAX : 0;
    ssize_t len = pread(journal->file, tail, sizeof(tail), from);
    if (len < 0)
        return strerror(errno);
    read_tail(journal, (h2o_iovec_t){tail, (size_t)len});
    return journal->has_last || len == 0 ? NULL : "its end tells no checkpoint; look at what happened";
}

bool checkpoint_journal_open(struct checkpoint_journal *journal, const char *path)
{
    const char *wrong = NULL;
    *journal = (struct checkpoint_journal){.path = path};
    journal->file = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (journal->file < 0) {
        command_failed("%s: %s", path, strerror(errno));
        return false;
    }
    if (flock(journal->file, LOCK_EX | LOCK_NB) != 0)
        wrong = errno == EWOULDBLOCK ? "another process publishes to it" : strerror(errno);
    else
        wrong = durable_name(path) ? read_last(journal) : strerror(errno);
    if (wrong == NULL)
        return true;
    command_failed("%s: %s", path, wrong);
    checkpoint_journal_close(journal);
    return false;
}

/* --- the next ---------------------------------------------------------------------------------------------------- */

bool checkpoint_journal_append(struct checkpoint_journal *journal, h2o_iovec_t note,
                               const struct checkpoint *checkpoint)
{
    h2o_mem_pool_t pool;
    struct text line;
    h2o_mem_init_pool(&pool);
    text_start(&line, &pool, LINE_BYTES_USUAL);
    text_add(&line, journal->has_torn_end ? SLICE("\n{\"published_at\":\"") : SLICE("{\"published_at\":\""));
    text_add_time(&line, clock_unix_us());
    text_add_char(&line, '"');
    text_add_u64_member(&line, SLICE("size"), checkpoint->size);
    text_add_string_member(&line, SLICE("note"), note);
    text_add(&line, SLICE("}\n"));
    bool done = durable_write(journal->file, text_slice(&line));
    h2o_mem_clear_pool(&pool);
    journal->has_torn_end = !done;
    if (done) {
        journal->has_last = true;
        journal->size = checkpoint->size;
        journal->root = checkpoint->root;
    }
    return done;
}

void checkpoint_journal_close(struct checkpoint_journal *journal)
{
    close(journal->file);
    journal->file = -1;
}
