/* SPDX-License-Identifier: Apache-2.0 */
/* A file to which published checkpoints are appended, and nothing else is ever done: one JSON object a line,
 *
 *   {"published_at":"2026-11-27T04:12:09.000123Z","size":41,"note":"..."}
 *
 * in rising order of size. A line that a crash cut off is ended by the next one that is written, and is passed over by
 * who reads. One process writes at a time. */
#ifndef HALLMARK_APP_CHECKPOINT_JOURNAL_H
#define HALLMARK_APP_CHECKPOINT_JOURNAL_H

#include "seal/checkpoint.h"

struct checkpoint_journal {
    const char *path; /* borrowed */
    int file;
    bool has_torn_end;
    bool has_last; /* the file had one; then size and root are those of the last */
    uint64_t size;
    struct merkle_hash root;
};

/* Makes the file when it is not there. False, after having said why on standard error. */
__attribute__((warn_unused_result)) bool checkpoint_journal_open(struct checkpoint_journal *journal, const char *path);

/* The line is on the disk when this returns; false with errno, and then nothing is known of the file's end. */
__attribute__((warn_unused_result)) bool checkpoint_journal_append(struct checkpoint_journal *journal, h2o_iovec_t note,
                                                                   const struct checkpoint *checkpoint);

void checkpoint_journal_close(struct checkpoint_journal *journal);

#endif
