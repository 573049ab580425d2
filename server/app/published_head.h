/* SPDX-License-Identifier: Apache-2.0 */
/* The last checkpoint that this node has told anybody, in a file of its own, out of the database's reach: a log that is
 * shorter than this, or another, is not signed. */
#ifndef HALLMARK_APP_PUBLISHED_HEAD_H
#define HALLMARK_APP_PUBLISHED_HEAD_H

#include "seal/checkpoint.h"
#include "seal/seal_log.h"

struct published_head {
    const char *path;
    bool is_there; /* the file had one */
    uint64_t size;
    struct merkle_hash root;
};

/* Reads the file. A file that is not there is none (is_there false); one that is no checkpoint of ours, or cannot be
 * read, is an error: false with a sentence (malloc). */
__attribute__((warn_unused_result)) bool published_head_read(struct published_head *head, const char *path,
                                                             const struct seal_identity *identity, char **message_out);

enum head_outcome {
    HEAD_WRITTEN,
    HEAD_OF_ANOTHER, /* the note is not one of ours about this very tree: nothing was written */
    HEAD_UNWRITTEN,  /* the file could not be replaced (errno) */
};

/* Replaces the file by this note about the tree, as a whole and on the disk, and takes its size and root. */
__attribute__((warn_unused_result)) enum head_outcome published_head_write(struct published_head *head,
                                                                           h2o_iovec_t note,
                                                                           const struct merkle_range *range,
                                                                           const struct seal_identity *identity);

#endif
